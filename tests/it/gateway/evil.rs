//! U-EVIL: an app that answers in more than one way at once. Whoever asked it gets one answer or an
//! error; nobody else ever gets what was meant for them, and no tunnel is opened that nobody asked
//! for.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::channel;

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::upstream::ok;
use crate::support::wire::{self, Answer};
use crate::support::{PATIENCE, Recorder, Setup};

static HOUSE: Shared = Shared::new();

const POISON: &str = "HTTP/1.1 200 OK\r\nX-Poison: yes\r\nContent-Length: 6\r\n\r\npoison";

/// What is sent in answer to each of these targets, and whether the client may get a 200.
const ANSWERS: &[(&str, &str, bool)] = &[
    (
        "/longer",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello@",
        true,
    ),
    (
        "/none",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n@",
        true,
    ),
    (
        "/chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n@",
        true,
    ),
    (
        "/both",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n@",
        true,
    ),
    (
        "/both-turned",
        "HTTP/1.1 200 OK\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n@",
        true,
    ),
    (
        "/twice",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello@",
        false,
    ),
    (
        "/list",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello@",
        false,
    ),
    (
        "/plus",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello@",
        false,
    ),
    (
        "/empty-size",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n@",
        true,
    ),
    (
        "/no-content",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello@",
        true,
    ),
    (
        "/no-content-at-all",
        "HTTP/1.1 204 No Content\r\n\r\n@",
        true,
    ),
    (
        "/not-modified",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello@",
        true,
    ),
    ("/garbage", "HELLO\r\n\r\n@", false),
    (
        "/status",
        "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello@",
        false,
    ),
];

fn house() -> Turn {
    HOUSE.enter(|| {
        House::before(Recorder::scripted(|request, stream| {
            let found = ANSWERS.iter().find(|(target, ..)| *target == request.target);
            let evil = match request.target.as_str() {
                "/tunnel" => {
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\n\r\n@"
                }
                "/h2c" => {
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n@"
                }
                "/silent" => "HTTP/1.1 101 Switching Protocols\r\n\r\n@",
                "/upgrade" => "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno",
                "/plain" => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
                target => {
                    let Some((_, answer, _)) = found else {
                        return stream.write_all(&ok("text/plain", target)).is_ok();
                    };
                    answer
                }
            };
            stream
                .write_all(evil.replace('@', POISON).as_bytes())
                .is_ok()
        }))
    })
}

/// The next people on this and other connections get what they asked for.
#[track_caller]
fn next_get_their_own(house: &House, after: &str) {
    for n in 0..3 {
        let target = format!("/own-{n}");
        let answer = house.get("open.test", &target, &[]);
        assert_eq!(answer.text(), target, "after {after}");
        assert!(answer.headers.all("x-poison").is_empty(), "after {after}");
    }
}

#[track_caller]
fn is_one_answer(what: &str, answer: Option<&Answer>, may_pass: bool) {
    let Some(answer) = answer else {
        return;
    };
    assert!(
        answer.headers.all("x-poison").is_empty(),
        "{what}: {answer:?}"
    );
    assert!(
        wire::find(&answer.body, b"poison").is_none(),
        "{what}: {answer:?}"
    );
    let framings =
        answer.headers.all("content-length").len() + answer.headers.all("transfer-encoding").len();
    assert!(framings <= 1, "{what}: {answer:?}");
    assert!(may_pass || answer.status == 502, "{what}: {answer:?}");
}

#[test]
fn smg_14_what_an_app_adds_to_its_answer_is_nobodys_answer() {
    let house = house();
    for (target, _, may_pass) in ANSWERS {
        for method in ["GET", "HEAD"] {
            let mut stream = wire::connect(house.server.port()).unwrap();
            let ask = |target: &str, method: &str| {
                format!("{method} {target} HTTP/1.1\r\nHost: open.test\r\n\r\n")
            };
            stream.write_all(ask(target, method).as_bytes()).unwrap();
            if method == "GET" {
                let answer = wire::read_answer(&mut stream);
                is_one_answer(target, answer.as_ref(), *may_pass);
                // The same connection: the next answer on it, if it goes on, is that to the next
                // question.
                if stream.write_all(ask("/mine", "GET").as_bytes()).is_ok()
                    && let Some(answer) = wire::read_answer(&mut stream)
                {
                    assert_eq!(answer.text(), "/mine", "after {target}");
                }
            }
            drop(stream);
            next_get_their_own(&house, target);
        }
    }
    let logs = house.server.logs();
    assert!(!logs.contains("panicked"), "{logs}");
}

#[test]
fn smg_14_an_answer_before_the_upload_has_ended_is_the_last_on_both_connections() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_early(stream));
        }
    });
    let server = Setup::plain()
        .with(&super::routes(&format!("http://127.0.0.1:{port}")))
        .start();
    for _ in 0..5 {
        let mut client = wire::connect(server.port()).unwrap();
        let head = "POST /early HTTP/1.1\r\nHost: open.test\r\nContent-Length: 200\r\n\r\nbegun";
        client.write_all(head.as_bytes()).unwrap();
        assert_eq!(wire::read_answer(&mut client).unwrap().text(), "early");
        // The rest of the body looks like a request, and is none to anybody.
        let rest = "GET /admin/x HTTP/1.1\r\nHost: app.test\r\n\r\n".repeat(4);
        let _ = client.write_all(rest.as_bytes());
        let ask = "GET /next HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n";
        let answer = wire::exchange(server.port(), ask.as_bytes()).unwrap();
        assert_eq!(answer.text(), "/next");
    }
}

/// Answers as soon as a head is there. Every further head on the connection gets its target, so
/// that bytes of a body would get an answer of their own.
fn answer_early(mut stream: TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
        while let Some(end) = wire::find(&seen, b"\r\n\r\n") {
            let head: Vec<u8> = seen.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head).into_owned();
            let target = head.split(' ').nth(1).unwrap_or("?");
            let body = if target == "/early" { "early" } else { target };
            if stream.write_all(&ok("text/plain", body)).is_err() {
                return;
            }
        }
    }
}

/// Interim answers are few; an app that sends nothing else is broken off.
#[test]
fn smg_14_interim_answers_without_end_are_cut() {
    let (done, is_done) = channel();
    let evil = Recorder::scripted(move |request, stream| {
        if request.target != "/hints" {
            return stream.write_all(&ok("text/plain", "fine")).is_ok();
        }
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100);
        // Ends when the other side has had enough.
        while stream.write_all(hints.as_bytes()).is_ok() {}
        let _ = done.send(());
        false
    });
    let house = House::before(evil);
    let mut client = wire::connect(house.server.port()).unwrap();
    let ask = b"GET /hints HTTP/1.1\r\nHost: open.test\r\n\r\n";
    client.write_all(ask).unwrap();
    is_done.recv_timeout(PATIENCE).unwrap();
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    assert!(heard.len() < 100_000, "{} bytes", heard.len());
    assert_eq!(house.get("open.test", "/", &[]).text(), "fine");
}

fn upgrade(target: &str, to: &str, more: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: open.test\r\nConnection: Upgrade\r\nUpgrade: {to}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         Origin: http://open.test\r\n{more}\r\n"
    )
}

const BEHIND: &str = "GET /admin/x HTTP/1.1\r\nHost: app.test\r\n\r\n";

#[track_caller]
fn nothing_behind_went_on(house: &House, what: &str) {
    let seen = house.upstream.bytes().concat();
    assert!(
        wire::find(&seen, b"admin").is_none(),
        "{what}: {}",
        String::from_utf8_lossy(&seen)
    );
}

#[test]
fn h2x_10_what_follows_a_wish_to_upgrade_is_no_tunnel_until_the_app_agrees() {
    let house = house();
    for to in ["foo", "websocket", "h2c", "TLS/1.0", "websocket, h2c"] {
        for target in ["/plain", "/upgrade"] {
            house.upstream.forget();
            let mut stream = wire::connect(house.server.port()).unwrap();
            let packet = format!("{}{BEHIND}", upgrade(target, to, ""));
            stream.write_all(packet.as_bytes()).unwrap();
            let answer = wire::read_answer(&mut stream).unwrap();
            assert!(
                answer.status == 200 || answer.status >= 400,
                "{to}: {answer:?}"
            );
            // If the connection goes on, then with a request that is decided: nobody is signed in.
            if let Some(next) = wire::read_answer(&mut stream) {
                assert_eq!(next.status, 401, "{to}: {next:?}");
            }
            nothing_behind_went_on(&house, to);
            next_get_their_own(&house, target);
        }
    }
}

#[test]
fn h2x_12_an_app_cannot_open_a_tunnel_that_nobody_asked_for() {
    let house = house();
    for target in ["/tunnel", "/h2c", "/silent"] {
        house.upstream.forget();
        let mut stream = wire::connect(house.server.port()).unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nHost: open.test\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(
            wire::read_answer(&mut stream).unwrap().status,
            502,
            "{target}"
        );
        let _ = stream.write_all(BEHIND.as_bytes());
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(
            rest.is_empty(),
            "{target}: {}",
            String::from_utf8_lossy(&rest)
        );
        nothing_behind_went_on(&house, target);
        next_get_their_own(&house, target);
    }
}

#[test]
fn h2x_12_an_app_cannot_switch_to_another_protocol_than_was_asked_for() {
    let house = house();
    for target in ["/h2c", "/silent"] {
        house.upstream.forget();
        let mut stream = wire::connect(house.server.port()).unwrap();
        stream
            .write_all(upgrade(target, "websocket", "").as_bytes())
            .unwrap();
        assert_eq!(
            wire::read_answer(&mut stream).unwrap().status,
            502,
            "{target}"
        );
        let _ = stream.write_all(BEHIND.as_bytes());
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(
            rest.is_empty(),
            "{target}: {}",
            String::from_utf8_lossy(&rest)
        );
        nothing_behind_went_on(&house, target);
        next_get_their_own(&house, target);
    }
}

#[tokio::test]
async fn h2x_12_after_a_refused_upgrade_the_next_request_is_decided_anew() {
    let house = house();
    let bob = cookie(&house.session("app.test", "bob").await);
    for target in ["/upgrade", "/plain"] {
        house.upstream.forget();
        let mut stream = wire::connect(house.server.port()).unwrap();
        let ask = upgrade(target, "websocket", &format!("{bob}\r\n"));
        let ask = ask.replace("open.test", "app.test");
        stream.write_all(ask.as_bytes()).unwrap();
        let status = wire::read_answer(&mut stream).unwrap().status;
        assert_eq!(status, if target == "/plain" { 200 } else { 426 });
        let _ = stream.write_all(BEHIND.as_bytes());
        if let Some(next) = wire::read_answer(&mut stream) {
            assert_eq!(next.status, 401);
        }
        nothing_behind_went_on(&house, target);
    }
}
