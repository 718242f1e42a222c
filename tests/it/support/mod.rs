//! What the tests share: the real binary on free ports, a browser without a screen, raw sockets,
//! and upstreams that record every byte.
//!
//! Nothing here sleeps for a fixed time: everything that waits polls a condition until a deadline.

#![allow(dead_code, unused_imports, reason = "each door uses its own part")]

pub mod browser;
pub mod command;
pub mod http2;
pub mod oidc;
pub mod page;
pub mod ports;
pub mod server;
pub mod upstream;
pub mod wire;

use std::time::{Duration, Instant};

pub use browser::Browser;
pub use server::{Doorward, Setup};
pub use upstream::Recorder;

/// The longest any single thing may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Polls `check` until it gives something; panics with `what` when [`PATIENCE`] is over.
pub fn wait_for<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_recorder_keeps_every_byte_and_shows_what_a_cgi_program_would_see() {
    let upstream = Recorder::start();
    upstream.saw_nothing();
    let sent =
        b"POST /a?b HTTP/1.1\r\nX-User: a\r\nx_USER: b\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nabc\r\n0\r\n\r\n";
    let answer = wire::exchange(upstream.port(), sent).unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "seen"));
    let request = upstream.only();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/a?b")
    );
    assert_eq!(request.body, b"abc");
    assert_eq!(request.headers.all("X-User"), ["a"]);
    assert_eq!(request.cgi()["X_USER"], "b");
    assert_eq!(upstream.bytes(), [sent.to_vec()]);
}
