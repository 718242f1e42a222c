//! HTTP/1.1 by hand: bytes out, bytes in. What a well-behaved client would refuse to send.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use super::PATIENCE;

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Every byte, head included.
    pub raw: Vec<u8>,
}

impl Answer {
    /// The body as text, with anything odd replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Header lines in order, names as they were spelt.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub Vec<(String, Vec<u8>)>);

impl Headers {
    /// Every value of the lines whose name is `name`, letter case aside.
    pub fn all(&self, name: &str) -> Vec<String> {
        let named = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The first value of `name`.
    pub fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    fn parse(head: &[u8]) -> Self {
        let text = head.split(|byte| *byte == b'\n');
        let lines = text.skip(1).filter_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).into_owned();
            Some((name, line[colon + 1..].trim_ascii().to_vec()))
        });
        Self(lines.collect())
    }
}

/// A message split into head and body.
pub struct Message {
    pub start_line: String,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub raw: Vec<u8>,
}

/// Reads one message: head, then the body its framing announces. `None` at the end of the stream.
/// `until_close` says whether a message without framing ends with the connection (answers do).
pub fn read_message(
    stream: &mut impl Read,
    until_close: bool,
    mut record: impl FnMut(&[u8]),
) -> io::Result<Option<Message>> {
    let mut raw = Vec::new();
    let mut more = |raw: &mut Vec<u8>| -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let count = stream.read(&mut chunk)?;
        record(&chunk[..count]);
        raw.extend_from_slice(&chunk[..count]);
        Ok(count > 0)
    };
    let head_end = loop {
        if let Some(at) = find(&raw, b"\r\n\r\n") {
            break at + 4;
        }
        if !more(&mut raw)? {
            return Ok(None);
        }
    };
    let headers = Headers::parse(&raw[..head_end]);
    let start_line = String::from_utf8_lossy(&raw[..head_end]);
    let start_line = start_line.lines().next().unwrap_or_default().to_owned();
    let chunked = headers
        .all("transfer-encoding")
        .iter()
        .any(|v| v.contains("chunked"));
    let length = headers
        .first("content-length")
        .and_then(|v| v.parse::<usize>().ok());
    let bodiless = start_line.starts_with("HTTP/1.1 1")
        || ["HTTP/1.1 204", "HTTP/1.1 304"]
            .iter()
            .any(|s| start_line.starts_with(s));
    let body = loop {
        let so_far = &raw[head_end..];
        let complete = match (chunked, length) {
            _ if bodiless => Some(Vec::new()),
            (true, _) => dechunk(so_far),
            (false, Some(length)) => (so_far.len() >= length).then(|| so_far[..length].to_vec()),
            (false, None) => (!until_close).then(Vec::new),
        };
        if let Some(body) = complete {
            break body;
        }
        if !more(&mut raw)? {
            break raw[head_end..].to_vec();
        }
    };
    Ok(Some(Message {
        start_line,
        headers,
        body,
        raw,
    }))
}

/// The content of a chunked body; `None` while its last chunk is missing.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n")?;
        let size = String::from_utf8_lossy(&rest[..line]).into_owned();
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return find(rest, b"\r\n").map(|_| body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// A connection to a loopback port.
pub fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The same from another address of this machine.
pub async fn connect_from(from: [u8; 4], port: u16) -> io::Result<TcpStream> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Reads one answer; `None` when the other side closed without one.
pub fn read_answer(stream: &mut impl Read) -> Option<Answer> {
    let message = read_message(stream, true, |_| {}).ok()??;
    let status = message
        .start_line
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok());
    Some(Answer {
        status: status.unwrap_or(0),
        headers: message.headers,
        body: message.body,
        raw: message.raw,
    })
}

/// Sends `bytes` as they are on a new connection and reads one answer.
pub fn exchange(port: u16, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(port).ok()?;
    // The other side may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    read_answer(&mut stream)
}

/// Like [`exchange`], inside TLS that trusts the authority `pem` and asks for `host`.
pub fn exchange_tls(port: u16, pem: &[u8], host: &str, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect_tls(port, pem, host)?;
    let _ = stream.write_all(bytes);
    read_answer(&mut stream)
}

/// A TLS connection (HTTP/1.1) that trusts the authority `pem` and asks for `host`.
pub fn connect_tls(port: u16, pem: &[u8], host: &str) -> Option<Tls> {
    connect_tls_speaking(port, pem, host, &[])
}

/// A TLS connection from a client.
pub type Tls = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// The same, offering `protocols`; the handshake happens with the first byte sent.
pub fn connect_tls_speaking(port: u16, pem: &[u8], host: &str, protocols: &[&[u8]]) -> Option<Tls> {
    tls_over(connect(port).ok()?, pem, host, protocols)
}

/// The same on a connection that is there already.
pub fn tls_over(stream: TcpStream, pem: &[u8], host: &str, protocols: &[&[u8]]) -> Option<Tls> {
    let client = client(host, trusting(pem), protocols)?;
    Some(rustls::StreamOwned::new(client, stream))
}

/// The client side of a connection that trusts the authorities in `pem` and asks for `host`.
pub fn tls_client(host: &str, pem: &[u8]) -> rustls::ClientConnection {
    client(host, trusting(pem), &[]).expect("a host name")
}

/// The same, trusting anybody.
pub fn tls_client_of_anybody(host: &str) -> rustls::ClientConnection {
    let verifier = std::sync::Arc::new(Anybody(rustls::crypto::aws_lc_rs::default_provider()));
    client(host, verifier, &[]).expect("a host name")
}

type Verifier = std::sync::Arc<dyn rustls::client::danger::ServerCertVerifier>;

fn client(host: &str, verifier: Verifier, protocols: &[&[u8]]) -> Option<rustls::ClientConnection> {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = rustls::pki_types::ServerName::try_from(host.to_owned()).expect("a host name");
    rustls::ClientConnection::new(std::sync::Arc::new(config), name).ok()
}

/// Believes every certificate, for those who only want to look at it.
#[derive(Debug)]
struct Anybody(rustls::crypto::CryptoProvider);

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &rustls::pki_types::CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &rustls::pki_types::CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn trusting(pem: &[u8]) -> Verifier {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls::pki_types::CertificateDer::pem_slice_iter(pem) {
        roots
            .add(certificate.expect("a certificate"))
            .expect("an authority");
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = std::sync::Arc::new(roots);
    let built = rustls::client::WebPkiServerVerifier::builder_with_provider(roots, provider);
    built.build().expect("authorities")
}

/// `GET path` at `localhost`; panics when nobody answers.
pub fn get(port: u16, path: &str) -> Answer {
    try_get(port, path).expect("an answer")
}

/// `GET path` at `localhost`; `None` when nobody answers.
pub fn try_get(port: u16, path: &str) -> Option<Answer> {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    exchange(port, request.as_bytes())
}

/// Where `needle` begins in `hay`.
pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window == needle)
}
