//! Load balancers that say by the PROXY protocol whose connection they pass on. Named is
//! 127.0.0.1; 127.0.0.9 is a stranger.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use super::routes;
use crate::support::server::ADA;
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Doorward, Recorder, Setup, wait_for};

const STRANGER: [u8; 4] = [127, 0, 0, 9];
const LINE: &[u8] = b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\r\n";
const ASK: &[u8] = b"GET /x HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n";
const SENDERS: &str = "proxy_protocol = [\"127.0.0.1\"]";

/// One network may enter `inside.test`.
const INSIDE: &str = "[[route]]\nid = \"inside\"\nmatch = { host = \"inside.test\" }\n\
    allow = [\"anyone\"]\nrequire = { ip = [\"198.51.100.0/24\"] }\n";

fn house(setup: Setup) -> (Doorward, Recorder) {
    let upstream = Recorder::start();
    let inside = format!("{INSIDE}upstream = [\"{}\"]\n", upstream.url());
    let server = setup
        .listen(SENDERS)
        .with(&routes(&upstream.url()))
        .with(&inside)
        .start();
    (server, upstream)
}

/// The second version; LOCAL when there are no addresses.
fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    bytes.extend([command, family]);
    bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A client's address and port, ours, and two fields that say more (2.2.1 to 2.2.7).
fn with_fields(client: [u8; 4]) -> Vec<u8> {
    let mut body = client.to_vec();
    body.extend([192, 0, 2, 1, 0xc3, 0x50, 1, 187]);
    body.extend(b"\x01\0\x02h2\xea\0\x04\x01vpc");
    binary(0x21, 0x11, &body)
}

fn exchange(server: &Doorward, parts: &[&[u8]]) -> Option<Answer> {
    wire::exchange(server.port(), &parts.concat())
}

fn client_seen(upstream: &Recorder) -> Vec<String> {
    let seen = upstream.only().headers.all("x-forwarded-for");
    upstream.forget();
    seen
}

fn rejected(server: &Doorward, reason: &str) -> bool {
    let line = format!("doorward_requests_rejected_total{{reason=\"{reason}\"}}");
    wire::get(server.ops_port(), "/metrics")
        .text()
        .contains(&line)
}

/// Closed without an answer.
fn closed(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer.escape_ascii().to_string(), "");
}

#[test]
fn the_client_it_names_is_the_client_in_both_versions() {
    let (server, upstream) = house(Setup::plain());
    for (header, client) in [
        (LINE.to_vec(), "203.0.113.9"),
        (
            b"PROXY TCP6 2001:db8::9 2001:db8::1 50000 443\r\n".to_vec(),
            "2001:db8::9",
        ),
        (
            b"PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n".to_vec(),
            "203.0.113.9",
        ),
        (with_fields([203, 0, 113, 7]), "203.0.113.7"),
        // A health check, and a client that the sender cannot name.
        (binary(0x20, 0, &[]), "127.0.0.1"),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
    ] {
        let answer = exchange(&server, &[&header, ASK]).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(client_seen(&upstream), [client]);
    }
}

#[test]
fn everything_judges_and_tells_by_that_client() {
    let (server, upstream) = house(Setup::plain());
    let ask = b"GET / HTTP/1.1\r\nHost: inside.test\r\nX-Forwarded-For: 198.51.100.1\r\n\
        Connection: close\r\n\r\n";
    let from = |client| exchange(&server, &[&with_fields(client), ask]).unwrap();
    assert_eq!(from([198, 51, 100, 7]).status, 200);
    // What the client itself says of where it comes from is nobody's word.
    assert_eq!(client_seen(&upstream), ["198.51.100.7"]);
    assert_eq!(from([203, 0, 113, 7]).status, 403);
    upstream.saw_nothing();
    wait_for("the log to name the client", || {
        server.logs().contains("203.0.113.7").then_some(())
    });
}

#[test]
fn one_header_counts_for_every_request_of_its_connection() {
    let (server, upstream) = house(Setup::plain());
    let mut stream = wire::connect(server.port()).unwrap();
    stream.write_all(LINE).unwrap();
    for _ in 0..3 {
        let ask = b"GET / HTTP/1.1\r\nHost: open.test\r\n\r\n";
        stream.write_all(ask).unwrap();
        assert_eq!(wire::read_answer(&mut stream).unwrap().status, 200);
        assert_eq!(client_seen(&upstream), ["203.0.113.9"]);
    }
    // A second one is a request like no other.
    stream.write_all(LINE).unwrap();
    assert_eq!(wire::read_answer(&mut stream).unwrap().status, 400);
}

#[test]
fn it_comes_before_tls_and_in_pieces() {
    let (server, upstream) = house(Setup::tls());
    let authority = server.authority().unwrap();
    let mut stream = wire::connect(server.port()).unwrap();
    for piece in with_fields([203, 0, 113, 8]).chunks(5) {
        stream.write_all(piece).unwrap();
    }
    let mut tls = wire::tls_over(stream, &authority, "open.test", &[]).unwrap();
    tls.write_all(ASK).unwrap();
    assert_eq!(wire::read_answer(&mut tls).unwrap().status, 200);
    assert_eq!(client_seen(&upstream), ["203.0.113.8"]);
}

#[test]
fn a_named_peer_that_does_not_say_whose_connection_it_is_gets_none() {
    let (server, upstream) = house(Setup::plain());
    closed(wire::connect(server.port()).unwrap(), ASK);
    assert!(rejected(&server, "proxy_header_missing"));
    for broken in [
        &b"PROXY TCP4 203.0.113.09 192.0.2.1 50000 443\r\n"[..],
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\n",
        &[b"PROXY ".as_slice(), &[b'a'; 4096]].concat(),
        &binary(0x21, 0x12, &[0; 12]),
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
    ] {
        closed(
            wire::connect(server.port()).unwrap(),
            &[broken, ASK].concat(),
        );
    }
    assert!(rejected(&server, "proxy_header_malformed"));
    upstream.saw_nothing();
    let told = "does not send the PROXY header";
    wait_for("the log to say so", || {
        server.logs().contains(told).then_some(())
    });
}

#[tokio::test]
async fn fwd_05_a_header_of_a_peer_that_is_not_named_is_refused() {
    let (server, upstream) = house(Setup::plain());
    for header in [LINE.to_vec(), with_fields([127, 0, 0, 1])] {
        let stream = wire::connect_from(STRANGER, server.port()).await.unwrap();
        closed(stream, &[&header, ASK].concat());
    }
    assert!(rejected(&server, "proxy_header_untrusted"));
    upstream.saw_nothing();
    // Cut so that it is not seen as one, it is no request either.
    let mut stream = wire::connect_from(STRANGER, server.port()).await.unwrap();
    stream.write_all(&LINE[..3]).unwrap();
    std::thread::yield_now();
    stream.write_all(&[&LINE[3..], ASK].concat()).unwrap();
    let answer = wire::read_answer(&mut stream);
    assert!(answer.is_none_or(|answer| answer.status == 400));
    upstream.saw_nothing();
    // Without one they are served, and known by their own address.
    let mut stream = wire::connect_from(STRANGER, server.port()).await.unwrap();
    stream.write_all(ASK).unwrap();
    assert_eq!(wire::read_answer(&mut stream).unwrap().status, 200);
    assert_eq!(client_seen(&upstream), ["127.0.0.9"]);
}

#[test]
fn fwd_05_without_the_setting_nobody_may_send_one() {
    let upstream = Recorder::start();
    let server = Setup::plain().with(&routes(&upstream.url())).start();
    for header in [LINE.to_vec(), with_fields([203, 0, 113, 9])] {
        let answer = exchange(&server, &[&header, ASK]);
        assert!(answer.is_none_or(|answer| answer.status == 400));
    }
    upstream.saw_nothing();
    assert_eq!(exchange(&server, &[ASK]).unwrap().status, 200);
}

#[tokio::test]
async fn strangers_sign_in_over_tls_as_before() {
    let upstream = Recorder::start();
    let server = Setup::tls()
        .listen("proxy_protocol = [\"10.0.0.0/8\"]")
        .with(&routes(&upstream.url()))
        .ada_and_bob()
        .start();
    let mut browser = Browser::http2(&server);
    let page = browser
        .sign_in(server.url_at("app.test", "/"), "ada", ADA)
        .await;
    assert_eq!((page.status, page.body.as_str()), (200, "seen"));
}

#[test]
fn a_proxy_at_a_unix_socket_says_it_too() {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .listen("https = \"unix:@DIR@/door.sock\"\nproxy_protocol = [\"unix\"]")
        .with(&routes(&upstream.url()))
        .start();
    let ask = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(server.dir().join("door.sock")).unwrap();
        let _ = stream.write_all(bytes);
        wire::read_answer(&mut stream)
    };
    assert_eq!(ask(&[LINE, ASK].concat()).unwrap().status, 200);
    assert_eq!(client_seen(&upstream), ["203.0.113.9"]);
    assert!(ask(ASK).is_none());
    upstream.saw_nothing();
    // TCP is not named.
    assert_eq!(exchange(&server, &[ASK]).unwrap().status, 200);
}

#[test]
fn the_redirect_listener_takes_it_as_well() {
    let upstream = Recorder::start();
    let port = crate::support::ports::free();
    let _server = Setup::tls()
        .listen(&format!("http = \"127.0.0.1:{port}\"\n{SENDERS}"))
        .with(&routes(&upstream.url()))
        .start();
    let answer = wire::exchange(port, &[LINE, ASK].concat()).unwrap();
    assert_eq!(answer.status, 301);
    assert!(wire::exchange(port, ASK).is_none());
}
