//! U-RAW: an upstream that records every byte of every connection and gives scripted answers; and
//! U-CGI: the same request as CGI, PHP and WSGI programs would see it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::wire::{self, Headers};
use super::{PATIENCE, wait_for};

/// One request as an upstream saw it.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Every byte, head included.
    pub raw: Vec<u8>,
    /// Which connection it came on, from 0.
    pub connection: usize,
}

impl Request {
    /// The headers as a program behind CGI, PHP or WSGI gets them: names upper-cased, every `-`
    /// an `_`, the last of equal names wins.
    pub fn cgi(&self) -> BTreeMap<String, String> {
        let fold = |name: &str| {
            let folded = name.to_uppercase().replace('-', "_");
            folded
                .strip_prefix("HTTP_")
                .map(str::to_owned)
                .unwrap_or(folded)
        };
        let lines = self.headers.0.iter();
        lines
            .map(|(name, value)| (fold(name), String::from_utf8_lossy(value).into_owned()))
            .collect()
    }

    /// Whether `needle` is anywhere in the request.
    pub fn contains(&self, needle: &str) -> bool {
        wire::find(&self.raw, needle.as_bytes()).is_some()
    }
}

/// What an upstream does with a request: writes what it likes to the connection. Gives whether the
/// connection goes on.
pub type Script = dyn Fn(&Request, &mut TcpStream) -> bool + Send + Sync;

/// The recording upstream.
pub struct Recorder {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: Mutex<Vec<Vec<u8>>>,
    requests: Mutex<Vec<Request>>,
    open: Mutex<Vec<TcpStream>>,
}

impl Recorder {
    /// Answers everything with 200 and `seen`.
    pub fn start() -> Self {
        Self::scripted(|_, stream| stream.write_all(&ok("text/plain", "seen")).is_ok())
    }

    /// Answers by `script`.
    pub fn scripted(
        script: impl Fn(&Request, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let port = listener.local_addr().expect("a bound address").port();
        let seen = Arc::new(Seen::default());
        let (script, theirs): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, script) = (Arc::clone(&theirs), Arc::clone(&script));
                std::thread::spawn(move || seen.serve(stream, script.as_ref()));
            }
        });
        Self { port, seen }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As a route's `upstream` is written.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().expect("the requests").clone()
    }

    /// Waits for the first request that `matches`.
    pub fn wait_for(&self, what: &str, matches: impl Fn(&Request) -> bool) -> Request {
        wait_for(what, || {
            self.requests().into_iter().find(|request| matches(request))
        })
    }

    /// The one request it must have seen.
    #[track_caller]
    pub fn only(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }

    /// The last request.
    #[track_caller]
    pub fn last(&self) -> Request {
        self.requests().pop().expect("a request")
    }

    /// Panics unless not a single byte came.
    #[track_caller]
    pub fn saw_nothing(&self) {
        let all: Vec<u8> = self
            .seen
            .connections
            .lock()
            .expect("the connections")
            .concat();
        assert!(
            all.is_empty(),
            "the upstream saw {:?}",
            String::from_utf8_lossy(&all)
        );
    }

    /// Forgets what it saw; connections stay open.
    pub fn forget(&self) {
        self.seen.requests.lock().expect("the requests").clear();
        let mut connections = self.seen.connections.lock().expect("the connections");
        connections.iter_mut().for_each(Vec::clear);
    }

    /// Every byte of every connection so far.
    pub fn bytes(&self) -> Vec<Vec<u8>> {
        self.seen
            .connections
            .lock()
            .expect("the connections")
            .clone()
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        for stream in self.seen.open.lock().expect("the open ones").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Seen {
    fn serve(&self, mut stream: TcpStream, script: &Script) {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let index = {
            let mut connections = self.connections.lock().expect("the connections");
            connections.push(Vec::new());
            connections.len() - 1
        };
        let handle = stream.try_clone().expect("a second handle");
        self.open.lock().expect("the open ones").push(handle);
        while let Some(request) = self.read(&mut stream, index) {
            self.requests
                .lock()
                .expect("the requests")
                .push(request.clone());
            if !script(&request, &mut stream) {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn read(&self, stream: &mut impl Read, connection: usize) -> Option<Request> {
        let record = |bytes: &[u8]| {
            self.connections.lock().expect("the connections")[connection].extend_from_slice(bytes);
        };
        let message = wire::read_message(stream, false, record).ok()??;
        let mut words = message.start_line.split(' ').map(str::to_owned);
        Some(Request {
            method: words.next().unwrap_or_default(),
            target: words.next().unwrap_or_default(),
            headers: message.headers,
            body: message.body,
            raw: message.raw,
            connection,
        })
    }
}

/// A 200 answer with a length.
pub fn ok(content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
