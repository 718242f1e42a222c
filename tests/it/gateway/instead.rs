//! Routes that answer by themselves: a redirect, a fixed answer, a maintenance page.

use crate::support::wire::{self, Answer};
use crate::support::{Browser, Doorward, Setup};

const ROUTES: &str = r#"
[[route]]
id = "moved"
match = { host = "old.test" }
allow = ["anyone"]
redirect = { to = "https://new.example.com/{host}{path}{query}", status = 308 }
[[route]]
id = "robots"
match = { host = "old.test", path = "/robots.txt" }
allow = ["anyone"]
answer = { body = "User-agent: *\nDisallow: /\n" }
[[route]]
id = "staff"
match = { host = "staff.test" }
allow = ["group:admin"]
answer = { status = 418, body = "<p>short</p>", type = "text/html" }
[[route]]
id = "closed"
match = { host = "closed.test" }
allow = ["anyone"]
upstream = "http://127.0.0.1:9"
maintenance = { retry_after = "10m", text = "Moving to a larger house." }
"#;

fn send(server: &Doorward, request: &str) -> Answer {
    let request = format!("{request}Connection: close\r\n\r\n");
    wire::exchange(server.port(), request.as_bytes()).unwrap()
}

#[test]
fn a_redirect_keeps_of_the_address_what_the_file_says() {
    let server = Setup::plain().with(ROUTES).start();
    let moved = send(&server, "GET /a/%7eb?c=d HTTP/1.1\r\nHost: OLD.test\r\n");
    assert_eq!(moved.status, 308);
    let location = moved.headers.first("location").unwrap();
    assert_eq!(location, "https://new.example.com/old.test/a/~b?c=d");
    // Nothing that a request says leads elsewhere.
    for target in [
        "//evil.test/",
        "/%2f%2fevil.test",
        "/\\evil.test",
        "/x%0d%0aSet-Cookie:a=b",
    ] {
        let answer = send(
            &server,
            &format!("GET {target} HTTP/1.1\r\nHost: old.test\r\n"),
        );
        assert_eq!(answer.status, 400, "{target}");
    }
    let robots = send(&server, "GET /robots.txt HTTP/1.1\r\nHost: old.test\r\n");
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /\n");
    assert_eq!(
        robots.headers.first("content-type").unwrap(),
        "text/plain; charset=utf-8"
    );
    assert!(robots.headers.first("cache-control").is_none());
    let head = send(&server, "HEAD /robots.txt HTTP/1.1\r\nHost: old.test\r\n");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers.first("content-length").unwrap(), "26");
}

#[tokio::test]
async fn the_rule_is_judged_before_anything_is_answered() {
    let server = Setup::plain().with(ROUTES).ada_and_bob().start();
    let anonymous = send(&server, "GET / HTTP/1.1\r\nHost: staff.test\r\n");
    assert_eq!(anonymous.status, 401);
    let mut browser = Browser::new(&server);
    let url = server.url_at("staff.test", "/");
    let page = browser
        .sign_in(&url, "ada", crate::support::server::ADA)
        .await;
    assert_eq!((page.status, page.body.as_str()), (418, "<p>short</p>"));
    assert_eq!(page.headers["content-type"], "text/html");
    assert_eq!(page.headers["cache-control"], "no-store");
    let mut browser = Browser::new(&server);
    let page = browser
        .sign_in(&url, "bob", crate::support::server::BOB)
        .await;
    assert_eq!(page.status, 403);
}

#[test]
fn maintenance_is_503_with_a_time_for_people_and_for_programs() {
    let server = Setup::plain().with(ROUTES).start();
    let page = send(
        &server,
        "GET / HTTP/1.1\r\nHost: closed.test\r\nAccept: text/html\r\n",
    );
    assert_eq!(page.status, 503);
    assert_eq!(page.headers.first("retry-after").unwrap(), "600");
    assert!(
        page.text().contains("Moving to a larger house."),
        "{}",
        page.text()
    );
    let json = send(
        &server,
        "POST /x HTTP/1.1\r\nHost: closed.test\r\nContent-Length: 0\r\n",
    );
    assert_eq!(json.status, 503);
    assert!(json.text().contains("\"maintenance\""), "{}", json.text());
    assert_eq!(json.headers.first("retry-after").unwrap(), "600");
}
