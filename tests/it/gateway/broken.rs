//! Bodies that break off or were never well formed: the fault of whoever sent them.

use std::io::Write as _;
use std::net::Shutdown;

use super::House;
use crate::support::wire;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Nothing that happened was written down or counted as a fault of ours or of the app.
fn nobody_here_is_to_blame(house: &House) {
    let logs = house.server.logs();
    for word in ["\"level\":\"error\"", "\"level\":\"warn\""] {
        assert!(!logs.contains(word), "{word}");
    }
    let metrics = wire::get(house.server.ops_port(), "/metrics").text();
    let counted: Vec<&str> = metrics
        .lines()
        .filter(|line| line.contains("5xx") && !line.ends_with(" 0"))
        .collect();
    assert!(metrics.contains("5xx") && counted.is_empty(), "{counted:?}");
}

#[test]
fn a_malformed_body_is_its_senders_error_here_and_on_its_way_to_an_app() {
    let house = House::start();
    for (host, path) in [("localhost", "/login"), ("open.test", "/")] {
        for body in ["ffffffffffffffffff\r\na", "zz\r\na\r\n0\r\n\r\n"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n{body}"
            );
            let answer = house.send(request.as_bytes());
            assert_eq!(answer.status, 400, "{host}: {body:?}");
        }
    }
    nobody_here_is_to_blame(&house);
}

#[test]
fn a_body_that_breaks_off_is_its_senders_error_here_and_on_its_way_to_an_app() {
    let house = House::start();
    for (host, path) in [("localhost", "/login"), ("open.test", "/")] {
        for framing in [
            "Content-Length: 50\r\n\r\na=b",
            "Transfer-Encoding: chunked\r\n\r\n20\r\na=b",
        ] {
            let mut client = wire::connect(house.server.port()).unwrap();
            let request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{FORM}{framing}");
            client.write_all(request.as_bytes()).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let status = wire::read_answer(&mut client).map(|answer| answer.status);
            assert!(matches!(status, None | Some(400)), "{host}: {status:?}");
        }
    }
    nobody_here_is_to_blame(&house);
}
