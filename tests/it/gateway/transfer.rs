//! Bodies on their way: streamed, never collected; events as they come; the small print of HTTP/1.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::{House, cookie};
use crate::support::upstream::ok;
use crate::support::{Browser, Doorward, PATIENCE, Recorder, Setup, wire};

const SIZE: usize = 50 * 1024 * 1024;
/// What the process may grow by while a body passes: much less than the body.
const ROOM: u64 = 24 * 1024;
/// A write that waits longer than this waits for the reader.
const STUCK: Duration = Duration::from_millis(500);

/// The byte at each place of a body.
fn pattern(at: usize, count: usize) -> Vec<u8> {
    (at..at + count)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect()
}

/// Writes the whole body. Tells `stuck` whether the other side stopped taking it on the way.
fn write_body(stream: &mut TcpStream, stuck: &Sender<bool>) {
    stream.set_write_timeout(Some(STUCK)).unwrap();
    let piece = pattern(0, 251 * 256);
    let (mut sent, mut waited) = (0, false);
    while sent < SIZE {
        let from = sent % 251;
        let left = (SIZE - sent).min(piece.len() - from);
        match stream.write(&piece[from..from + left]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !waited {
                    waited = true;
                    stuck.send(true).unwrap();
                    stream.set_write_timeout(Some(PATIENCE)).unwrap();
                }
            }
            Err(error) => panic!("after {sent} bytes: {error}"),
        }
    }
    if !waited {
        stuck.send(false).unwrap();
    }
}

/// Reads the whole body, of which `already` came with the head.
fn read_body(stream: &mut impl Read, already: &[u8]) {
    let piece = pattern(0, 251 * 512);
    let mut buffer = vec![0; 64 * 1024];
    assert_eq!(already, pattern(0, already.len()));
    let mut got = already.len();
    while got < SIZE {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended after {got} bytes");
        let from = got % 251;
        assert!(
            buffer[..count] == piece[from..from + count],
            "after {got} bytes"
        );
        got += count;
    }
    assert_eq!(got, SIZE);
}

/// Reads a head; gives it and what came after it.
fn read_head(stream: &mut impl Read) -> (String, Vec<u8>) {
    let mut all = Vec::new();
    loop {
        if let Some(end) = wire::find(&all, b"\r\n\r\n") {
            let rest = all.split_off(end + 4);
            return (String::from_utf8(all).unwrap(), rest);
        }
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "no head: {}", String::from_utf8_lossy(&all));
        all.extend(&buffer[..count]);
    }
}

/// The most memory the process held since the last [`forget_peak`], in KiB.
fn peak(server: &Doorward) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

/// What the process holds at rest, in KiB, from where its peak counts anew. A small request goes
/// first, so that code and pools which any request needs do not count as growth.
fn at_rest(server: &Doorward) -> u64 {
    let head = b"GET / HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n";
    assert_eq!(wire::exchange(server.port(), head).unwrap().status, 200);
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
    peak(server)
}

/// An upstream that handles its connections one after the other, and a server before it.
fn before<const N: usize>(handlers: [Box<dyn FnOnce(TcpStream) + Send>; N]) -> Doorward {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for handle in handlers {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            handle(stream);
        }
    });
    Setup::plain()
        .with(&super::routes(&format!("http://127.0.0.1:{port}")))
        .start()
}

/// Answers one small request and closes.
fn small(mut stream: TcpStream) {
    read_head(&mut stream);
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    stream.write_all(answer).unwrap();
}

/// Neither side is read before the other is stuck: what is in between by then is all there is.
#[test]
fn a_large_upload_is_streamed_in_bounded_memory() {
    let (stuck, is_stuck) = channel();
    let (read, may_read): (_, Receiver<()>) = channel();
    let take = move |mut stream: TcpStream| {
        let (head, already) = read_head(&mut stream);
        assert!(head.contains(&SIZE.to_string()), "{head}");
        may_read.recv().unwrap();
        read_body(&mut stream, &already);
        stream.write_all(&ok("text/plain", "all of it")).unwrap();
    };
    let server = before([Box::new(small), Box::new(take)]);
    let at_rest = at_rest(&server);
    let mut client = wire::connect(server.port()).unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: open.test\r\nContent-Length: {SIZE}\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    let mut sending = client.try_clone().unwrap();
    let sender = std::thread::spawn(move || write_body(&mut sending, &stuck));
    assert!(
        is_stuck.recv().unwrap(),
        "all of it was taken though nobody read it"
    );
    read.send(()).unwrap();
    sender.join().unwrap();
    assert_eq!(wire::read_answer(&mut client).unwrap().text(), "all of it");
    let grown = peak(&server) - at_rest;
    assert!(grown < ROOM, "grew by {grown} KiB");
}

#[test]
fn a_large_download_is_streamed_in_bounded_memory() {
    let (stuck, is_stuck) = channel();
    let give = move |mut stream: TcpStream| {
        read_head(&mut stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        write_body(&mut stream, &stuck);
    };
    let server = before([Box::new(small), Box::new(give)]);
    let at_rest = at_rest(&server);
    let mut client = wire::connect(server.port()).unwrap();
    let head = b"GET / HTTP/1.1\r\nHost: open.test\r\n\r\n";
    client.write_all(head).unwrap();
    assert!(
        is_stuck.recv().unwrap(),
        "all of it was taken though nobody read it"
    );
    let (head, already) = read_head(&mut client);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    read_body(&mut client, &already);
    let grown = peak(&server) - at_rest;
    assert!(grown < ROOM, "grew by {grown} KiB");
}

/// An app that sends an event for each word it is given, and an end when there are no more.
fn events() -> (Sender<&'static str>, Recorder) {
    let (say, said) = channel::<&'static str>();
    let said = Mutex::new(said);
    let app = Recorder::scripted(move |_, stream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
            Transfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        for word in said.lock().unwrap().iter() {
            let event = format!("data: {word}\n\n");
            let chunk = format!("{:x}\r\n{event}\r\n", event.len());
            stream.write_all(chunk.as_bytes()).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").is_ok()
    });
    (say, app)
}

#[tokio::test]
async fn every_event_goes_out_before_the_next_one_exists() {
    for http2 in [false, true] {
        let (say, upstream) = events();
        let setup = if http2 { Setup::tls() } else { Setup::plain() };
        let server = setup.with(&super::routes(&upstream.url())).start();
        let browser = if http2 {
            Browser::http2(&server)
        } else {
            Browser::new(&server)
        };
        let request = browser.client().get(server.url_at("open.test", "/"));
        let mut answer = request
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.version() == http::Version::HTTP_2, http2);
        for word in ["one", "two", "three", "four", "five"] {
            say.send(word).unwrap();
            let event = answer.chunk().await.unwrap().unwrap();
            assert_eq!(event, format!("data: {word}\n\n"));
        }
        drop(say);
        // HTTP/2 may end with an empty frame.
        let rest = answer.bytes().await.unwrap();
        assert!(rest.is_empty(), "{rest:?}");
    }
}

const EXPECTANT: &str = "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n";

#[test]
fn a_client_that_waits_to_be_asked_for_its_body_is_asked_by_the_app() {
    let ask = |mut stream: TcpStream| {
        let (head, mut body) = read_head(&mut stream);
        assert!(
            head.to_lowercase().contains("expect: 100-continue"),
            "{head}"
        );
        assert!(body.is_empty(), "it did not wait");
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        while body.len() < 5 {
            let mut buffer = [0; 64];
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0);
            body.extend(&buffer[..count]);
        }
        assert_eq!(body, b"hello");
        stream.write_all(&ok("text/plain", "thanks")).unwrap();
    };
    let server = before([Box::new(ask)]);
    let mut client = wire::connect(server.port()).unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: open.test\r\n{EXPECTANT}\r\n");
    client.write_all(head.as_bytes()).unwrap();
    let (asked, _) = read_head(&mut client);
    assert!(asked.starts_with("HTTP/1.1 100"), "{asked}");
    client.write_all(b"hello").unwrap();
    assert_eq!(wire::read_answer(&mut client).unwrap().text(), "thanks");
}

#[test]
fn our_own_pages_ask_for_the_body_too_and_a_refusal_does_not() {
    let house = House::start();
    let mut client = wire::connect(house.server.port()).unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{EXPECTANT}\r\n"
    );
    client.write_all(head.as_bytes()).unwrap();
    let (asked, _) = read_head(&mut client);
    assert!(asked.starts_with("HTTP/1.1 100"), "{asked}");
    client.write_all(b"a=b&c").unwrap();
    let answer = wire::read_answer(&mut client).unwrap();
    assert!((400..500).contains(&answer.status), "{answer:?}");

    let head = format!("POST / HTTP/1.1\r\nHost: app.test\r\n{EXPECTANT}\r\n");
    assert_eq!(house.send(head.as_bytes()).status, 401);
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn the_answer_to_head_has_no_body_and_the_connection_goes_on() {
    let app = Recorder::scripted(|request, stream| {
        let answer = ok("text/plain", "seen");
        let end = if request.method == "HEAD" { 4 } else { 0 };
        stream.write_all(&answer[..answer.len() - end]).is_ok()
    });
    let house = House::before(app);
    let session = cookie(&house.signed_in("app.test", "bob").await);
    let mut client = wire::connect(house.server.port()).unwrap();
    for (host, target, line, status) in [
        ("app.test", "/", session.as_str(), 200),
        ("localhost", "/login", "Accept: text/html", 200),
        ("app.test", "/admin/x", session.as_str(), 403),
        ("app.test", "/", "Accept: */*", 401),
        ("open.test", "/", "Accept: */*", 200),
    ] {
        let ask =
            |method: &str| format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{line}\r\n\r\n");
        client.write_all(ask("HEAD").as_bytes()).unwrap();
        let (head, body) = read_head(&mut client);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        assert!(body.is_empty(), "{host}{target}");
        // A body after all would be read as the beginning of this answer.
        client.write_all(ask("GET").as_bytes()).unwrap();
        let answer = wire::read_answer(&mut client).unwrap();
        assert_eq!(answer.status, status);
        assert!(!answer.body.is_empty(), "{host}{target}");
    }
    let seen = house.upstream.requests();
    let methods: Vec<_> = seen.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods, ["HEAD", "GET", "HEAD", "GET"]);
}
