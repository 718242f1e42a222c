//! Requests that stay open: events, tunnels, and their end with the session.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{House, cookie};
use crate::support::upstream::ok;
use crate::support::{Recorder, wire};

/// Answers an upgrade and then echoes; at `/live` sends one event and then nothing more.
pub(super) fn talkative() -> Recorder {
    Recorder::scripted(|request, stream| {
        if request.headers.first("upgrade").is_some() {
            let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                Connection: Upgrade\r\n\r\n";
            return stream.write_all(answer).is_ok() && echo(stream);
        }
        if request.target != "/live" {
            return stream.write_all(&ok("text/plain", "seen")).is_ok();
        }
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
            Transfer-Encoding: chunked\r\n\r\ne\r\ndata: first\n\n\n\r\n";
        // The second event never comes: the stream stays open until somebody closes it.
        stream.write_all(head).is_ok() && stream.read(&mut [0; 1]).is_ok_and(|read| read > 0)
    })
}

fn echo(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 256];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    false
}

pub(super) fn read_some(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap();
    buffer[..read].to_vec()
}

pub(super) fn ask(house: &House, lines: &[&str]) -> TcpStream {
    let mut stream = wire::connect(house.server.port()).unwrap();
    let head = format!(
        "GET /live HTTP/1.1\r\nHost: app.test\r\n{}\r\n\r\n",
        lines.join("\r\n")
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

pub(super) fn open_socket(house: &House, session: &str) -> TcpStream {
    let mut stream = ask(
        house,
        &[
            session,
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin: http://app.test",
        ],
    );
    let answer = String::from_utf8(read_some(&mut stream)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    stream.write_all(b"ping").unwrap();
    assert_eq!(read_some(&mut stream), b"ping");
    stream
}

/// Reads until the other side closes; how long that took.
pub(super) fn time_to_close(stream: &mut TcpStream) -> Duration {
    let started = Instant::now();
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut rest);
    started.elapsed()
}

fn sign_out(house: &House, cookies: &str) {
    let answer = house.get("app.test", "/_doorward/me", &[&cookie(cookies)]);
    assert_eq!(answer.status, 200);
    let said = house.server.cli(&["user", "disable", "bob"], "");
    said.succeeded();
}

#[tokio::test]
async fn h2x_14_a_websocket_is_closed_within_a_second_of_its_sessions_end() {
    let house = House::before(talkative());
    let session = house.signed_in("app.test", "bob").await;
    let mut socket = open_socket(&house, &cookie(&session));
    sign_out(&house, &session);
    let took = time_to_close(&mut socket);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn h2x_14_a_silent_event_stream_is_closed_too() {
    let house = House::before(talkative());
    let session = house.signed_in("app.test", "bob").await;
    let mut stream = ask(&house, &[&cookie(&session), "Accept: text/event-stream"]);
    let mut seen = Vec::new();
    while wire::find(&seen, b"first").is_none() {
        let more = read_some(&mut stream);
        assert!(!more.is_empty(), "{}", String::from_utf8_lossy(&seen));
        seen.extend(more);
    }
    sign_out(&house, &session);
    let took = time_to_close(&mut stream);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn an_upload_that_is_still_running_is_cut_within_a_second_of_its_sessions_end() {
    let house = House::start();
    let session = house.signed_in("app.test", "bob").await;
    let mut stream = wire::connect(house.server.port()).unwrap();
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: app.test\r\n{}\r\nContent-Length: 1000000\r\n\r\nbegun",
        cookie(&session)
    );
    stream.write_all(head.as_bytes()).unwrap();
    crate::support::wait_for("the upload's beginning", || {
        let bytes = house.upstream.bytes();
        bytes
            .iter()
            .any(|seen| wire::find(seen, b"begun").is_some())
            .then_some(())
    });
    sign_out(&house, &session);
    let took = time_to_close(&mut stream);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn another_persons_websocket_stays_open() {
    let house = House::before(talkative());
    let bob = house.signed_in("app.test", "bob").await;
    let ada = house.signed_in("app.test", "ada").await;
    let mut theirs = open_socket(&house, &cookie(&bob));
    let mut hers = open_socket(&house, &cookie(&ada));
    sign_out(&house, &bob);
    time_to_close(&mut theirs);
    hers.write_all(b"still here").unwrap();
    assert_eq!(read_some(&mut hers), b"still here");
}

#[tokio::test]
async fn h2x_11_only_websockets_are_upgraded() {
    let house = House::start();
    let answer = house.send(
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade, HTTP2-Settings\r\n\
          Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    let seen = house.upstream.only();
    for name in ["upgrade", "http2-settings", "connection"] {
        assert!(seen.headers.all(name).is_empty(), "{name}: {seen:?}");
    }
}
