//! An app that goes away and comes back, as those see it who use it.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};

use super::routes;
use crate::support::upstream::ok;
use crate::support::wire::{self, Answer};
use crate::support::{Setup, ports};

fn ask(port: u16, lines: &str) -> Answer {
    let head = format!("GET / HTTP/1.1\r\nHost: open.test\r\n{lines}Connection: close\r\n\r\n");
    wire::exchange(port, head.as_bytes()).unwrap()
}

#[test]
fn an_app_that_is_down_is_502_and_is_back_with_the_first_request_after_it_is() {
    let port = ports::free();
    let server = Setup::plain()
        .with(&routes(&format!("http://127.0.0.1:{port}")))
        .start();
    let page = ask(
        server.port(),
        "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n",
    );
    assert_eq!(page.status, 502);
    assert!(page.text().contains("id=\"error-page\""), "{}", page.text());
    let fetched = ask(server.port(), "Accept: */*\r\nSec-Fetch-Mode: cors\r\n");
    assert_eq!(fetched.status, 502);
    let told: serde_json::Value = serde_json::from_slice(&fetched.body).unwrap();
    assert!(told["request_id"].is_string(), "{told}");
    // What is inside is nobody's business outside.
    for answer in [page, fetched] {
        assert!(
            !answer.text().contains(&port.to_string()),
            "{}",
            answer.text()
        );
    }

    let app = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    std::thread::spawn(move || {
        for mut stream in app.incoming().flatten() {
            let _ = wire::read_message(&mut stream, false, |_| {});
            let _ = stream.write_all(&ok("text/plain", "back"));
        }
    });
    for _ in 0..3 {
        let answer = ask(server.port(), "");
        assert_eq!((answer.status, answer.text().as_str()), (200, "back"));
    }
}
