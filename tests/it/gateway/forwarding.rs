//! Requests that may pass, and upstreams of every kind.

use std::io::{Read as _, Write as _};

use super::{House, cookie};
use crate::support::upstream::ok;
use crate::support::{Recorder, Setup, ports, wire};

#[tokio::test]
async fn a_large_body_goes_through_both_ways() {
    let echo = Recorder::scripted(|request, stream| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            request.body.len()
        );
        stream.write_all(head.as_bytes()).is_ok() && stream.write_all(&request.body).is_ok()
    });
    let house = House::before(echo);
    let body: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut message = format!(
        "POST /public/x HTTP/1.1\r\nHost: app.test\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    message.extend_from_slice(&body);
    let answer = house.send(&message);
    assert_eq!(answer.status, 200);
    assert!(answer.body == body, "{} bytes came back", answer.body.len());
}

#[tokio::test]
async fn dos_04_a_body_over_the_routes_limit_is_refused_with_and_without_a_stated_length() {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .with(&format!(
            "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"{}\"]\nlimits = {{ body = \"1KiB\" }}\n",
            upstream.url()
        ))
        .start();
    let stated = format!(
        "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2000\r\n\r\n{}",
        "x".repeat(2000)
    );
    let answer = wire::exchange(server.port(), stated.as_bytes()).unwrap();
    assert_eq!(answer.status, 413);
    upstream.saw_nothing();
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        "x".repeat(2000)
    );
    let answer = wire::exchange(server.port(), chunked.as_bytes()).unwrap();
    assert_eq!(answer.status, 413);
    let fits =
        "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
    assert_eq!(
        wire::exchange(server.port(), fits.as_bytes())
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_no_chunks() {
    let chunked = Recorder::scripted(|_, stream| {
        let answer =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        stream.write_all(answer).is_ok()
    });
    let house = House::before(chunked);
    let answer = house.send(b"GET / HTTP/1.0\r\nHost: open.test\r\n\r\n");
    assert!(answer.headers.all("transfer-encoding").is_empty());
    assert_eq!(answer.text(), "hello");
}

#[tokio::test]
async fn several_requests_on_one_connection_are_each_decided_alone() {
    let house = House::start();
    let session = cookie(&house.signed_in("app.test", "bob").await);
    let mut stream = wire::connect(house.server.port()).unwrap();
    for (lines, status) in [
        (session.as_str(), 200),
        ("X: none", 401),
        (session.as_str(), 200),
        ("Cookie: __Host-doorward=forged", 401),
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: app.test\r\n{lines}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(
            wire::read_answer(&mut stream).unwrap().status,
            status,
            "{lines}"
        );
    }
    assert_eq!(house.upstream.requests().len(), 2);
}

#[tokio::test]
async fn upstreams_take_turns_and_one_that_is_down_is_passed_over() {
    let (first, second) = (Recorder::start(), Recorder::start());
    let down = ports::free();
    let server = Setup::plain()
        .with(&format!(
            "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"{}\", \"http://127.0.0.1:{down}\", \"{}\"]\n",
            first.url(),
            second.url()
        ))
        .start();
    for n in 0..12 {
        let body = format!("{n}");
        let head = format!(
            "POST /{n} HTTP/1.1\r\nHost: app.test\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(
            wire::exchange(server.port(), head.as_bytes())
                .unwrap()
                .status,
            200
        );
    }
    let (first, second) = (first.requests().len(), second.requests().len());
    assert_eq!(first + second, 12, "each was delivered exactly once");
    assert!(first > 2 && second > 2, "{first} and {second}");
}

#[tokio::test]
async fn rel_20_a_post_is_never_sent_twice() {
    let hangs_up = Recorder::scripted(|_, _| false);
    let house = House::before(hangs_up);
    let head = "POST /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
    assert_eq!(house.send(head.as_bytes()).status, 502);
    assert_eq!(house.upstream.requests().len(), 1);
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_in_time_is_504() {
    let silent = Recorder::scripted(|_, stream| {
        let _ = stream.read(&mut [0; 1]);
        false
    });
    let server = Setup::plain()
        .with(&format!(
            "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"{}\"]\nlimits = {{ timeout = \"1s\" }}\n",
            silent.url()
        ))
        .start();
    let answer = wire::exchange(
        server.port(),
        b"GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(answer.unwrap().status, 504);
}

#[tokio::test]
async fn an_upstream_can_be_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = wire::read_message(&mut stream, false, |_| {});
            let _ = stream.write_all(&ok("text/plain", "by socket"));
        }
    });
    let server = Setup::plain()
        .with(&format!(
            "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"unix:{}\"]\n",
            path.display()
        ))
        .start();
    let answer = wire::exchange(
        server.port(),
        b"GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(answer.unwrap().text(), "by socket");
}

#[tokio::test]
async fn a_request_leaves_one_line_in_the_log_and_no_query_in_it() {
    let house = House::start();
    house.get("open.test", "/a?token=secret", &["Cookie: x=secret"]);
    let line = crate::support::wait_for("the access line", || {
        let logs = house.server.logs();
        logs.lines()
            .find(|line| line.contains("\"open\""))
            .map(str::to_owned)
    });
    for part in [
        r#""url.path":"/a""#,
        r#""decision":"allow""#,
        r#""reason":"anyone""#,
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!house.server.logs().contains("secret"));
}

#[tokio::test]
async fn ops_02_a_malformed_request_leaves_no_bytes_in_the_log() {
    let house = House::start();
    house.send(
        b"GET / HTTP/1.1\r\nHost: app.test\r\nCookie: canary-cookie\r\nbroken header\r\n\r\n",
    );
    house.send(b"GET /canary-path x HTTP/1.1\r\nHost: app.test\r\n\r\n");
    house.get("open.test", "/", &[]);
    crate::support::wait_for("the access line", || {
        house.server.logs().contains("\"open\"").then_some(())
    });
    assert!(
        !house.server.logs().contains("canary"),
        "{}",
        house.server.logs()
    );
}
