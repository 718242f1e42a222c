//! A server of somebody else's, by https on this machine: what apps publish.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;

use crate::outbound::{Outbound, OutboundSettings, Reach};

/// What is published, by path: media type and body.
type Published = Arc<Mutex<HashMap<String, (&'static str, Vec<u8>)>>>;

/// The server; it ends with the test.
pub struct Elsewhere {
    published: Published,
    asked: Arc<Mutex<Vec<String>>>,
    authority: tempfile::NamedTempFile,
    port: u16,
}

impl Elsewhere {
    pub fn start() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&authority_key).unwrap().pem();
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), pem).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (published, asked) = (Published::default(), Arc::default());
        let (shelf, noted) = (Arc::clone(&published), Arc::clone(&asked));
        let tls = Arc::new(tls);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &tls, &shelf, &noted);
            }
        });
        Self {
            published,
            asked,
            authority,
            port,
        }
    }

    /// The address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host())
    }

    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn publish(&self, path: &str, kind: &'static str, body: impl Into<Vec<u8>>) {
        let mut published = self.published.lock();
        published.insert(path.to_owned(), (kind, body.into()));
    }

    /// How often `path` was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().iter().filter(|one| *one == path).count()
    }

    /// What calls it.
    pub fn outbound(&self) -> Outbound {
        Outbound::new(&OutboundSettings {
            reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
            trust: vec![self.authority.path().to_owned()],
            ..OutboundSettings::default()
        })
        .unwrap()
    }
}

fn answer(
    mut stream: TcpStream,
    tls: &Arc<rustls::ServerConfig>,
    published: &Published,
    asked: &Mutex<Vec<String>>,
) {
    let mut session = rustls::ServerConnection::new(Arc::clone(tls)).unwrap();
    let mut wire = rustls::Stream::new(&mut session, &mut stream);
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut more = [0; 1024];
        match wire.read(&mut more) {
            Ok(read) if read > 0 => head.extend_from_slice(&more[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().push(path.clone());
    let found = published.lock().get(&path).cloned();
    let (status, kind, body) = match found {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = wire.write_all(head.as_bytes());
    let _ = wire.write_all(&body);
    session.send_close_notify();
    let _ = session.complete_io(&mut stream);
}
