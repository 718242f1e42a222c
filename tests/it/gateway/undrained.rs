//! Bodies that nobody here wants: whatever is answered without them, they are never read as the
//! next request (CVE-2025-4366).

use std::io::{Read as _, Write as _};

use super::{House, cookie};
use crate::support::oidc::SHOP;
use crate::support::{Recorder, Setup, ports, wire};

/// A body that is a request.
const SMUGGLED: &str = "GET /admin/x HTTP/1.1\r\nHost: app.test\r\n\r\n";

fn open(host: &str, what: &str) -> String {
    let id = host.replace('.', "-");
    format!(
        "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"{host}\" }}\nallow = [\"anyone\"]\n{what}\n"
    )
}

fn house() -> House {
    let upstream = Recorder::start();
    let mut toml = super::routes(&upstream.url());
    for (host, what) in [
        (
            "small.test",
            format!(
                "upstream = [\"{}\"]\nlimits = {{ body = \"10B\" }}",
                upstream.url()
            ),
        ),
        (
            "busy.test",
            "answer = { status = 429, body = \"busy\" }".to_owned(),
        ),
        (
            "closed.test",
            "upstream = \"http://127.0.0.1:9\"\nmaintenance = true".to_owned(),
        ),
        (
            "moved.test",
            "redirect = { to = \"https://new.example.com{path}\", status = 308 }".to_owned(),
        ),
        (
            "down.test",
            format!("upstream = [\"http://127.0.0.1:{}\"]", ports::free()),
        ),
    ] {
        toml.push_str(&open(host, &what));
    }
    let server = Setup::plain().with(SHOP).with(&toml).ada_and_bob().start();
    House { server, upstream }
}

/// How the body is announced, and its bytes.
fn framed(chunked: bool) -> (String, String) {
    if chunked {
        let body = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
        ("Transfer-Encoding: chunked".to_owned(), body)
    } else {
        (
            format!("Content-Length: {}", SMUGGLED.len()),
            SMUGGLED.to_owned(),
        )
    }
}

#[track_caller]
fn never_read_as_a_request(house: &House, head: &str, chunked: bool, late: bool, status: u16) {
    house.upstream.forget();
    let (framing, body) = framed(chunked);
    let head = format!("{head}\r\n{framing}\r\n\r\n");
    let what = format!("{head}late: {late}");
    let mut stream = wire::connect(house.server.port()).unwrap();
    let packet = if late { head } else { format!("{head}{body}") };
    stream.write_all(packet.as_bytes()).unwrap();
    if late && !answers_without_body(status) {
        let _ = stream.write_all(body.as_bytes());
    }
    let answer = wire::read_answer(&mut stream).expect(&what);
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    if late && answers_without_body(status) {
        let _ = stream.write_all(body.as_bytes());
    }
    let ask = "GET /public/after HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(ask.as_bytes());
    // Either the connection is over, or it goes on after the body.
    let next = wire::read_answer(&mut stream);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        rest.is_empty(),
        "{what}: {}",
        String::from_utf8_lossy(&rest)
    );
    let seen: Vec<_> = house.upstream.requests();
    if let Some(next) = next {
        assert_eq!(next.status, 200, "{what}: {}", next.text());
        assert!(
            seen.iter().any(|request| request.target == "/public/after"),
            "{what}"
        );
    }
    assert!(
        seen.iter().all(|request| request.target == "/public/after"),
        "{what}: {seen:?}"
    );
    super::smuggling::next_is_clean(house);
}

/// Pages of the site and apps that are down want the body before they answer.
fn answers_without_body(status: u16) -> bool {
    !matches!(status, 200 | 404 | 502)
}

#[tokio::test]
async fn smg_13_the_body_of_a_request_answered_here_is_never_the_next_request() {
    let house = house();
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    let page = "Accept: text/html\r\nSec-Fetch-Mode: navigate";
    let none = "X: y";
    for (line, host, more, status) in [
        ("GET /production/oidc/jwks", "localhost", none, 200),
        ("GET /login", "localhost", page, 200),
        ("GET /x", "app.test", page, 302),
        ("GET /../x", "app.test", none, 400),
        ("GET /x", "app.test", none, 401),
        ("POST /x", "app.test", none, 401),
        ("POST /admin/y", "app.test", bob.as_str(), 403),
        ("GET /nothing", "localhost", none, 404),
        ("FOO /public/", "app.test", none, 405),
        ("POST /x", "small.test", none, 413),
        ("GET /x", "nobody.test", none, 421),
        ("POST /x", "busy.test", none, 429),
        ("GET /x", "closed.test", none, 503),
        ("POST /x", "moved.test", none, 308),
        ("POST /x", "down.test", none, 502),
    ] {
        let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{more}");
        for chunked in [false, true] {
            for late in [false, true] {
                // Without a stated length it is known only when it has come that it is too much.
                if status == 413 && chunked {
                    continue;
                }
                never_read_as_a_request(&house, &head, chunked, late, status);
            }
        }
    }
}
