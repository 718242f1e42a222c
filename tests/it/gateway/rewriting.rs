//! What a route changes on the way to its app and back, byte for byte.

use std::io::Write as _;

use crate::support::wire::{self, Answer};
use crate::support::{Doorward, Recorder, Setup};

/// An app under a path of its own that calls itself by the name it was told.
fn house() -> (Doorward, Recorder) {
    let upstream = Recorder::scripted(|request, stream| {
        let host = request.headers.first("host").unwrap_or_default();
        let head = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{host}/in/next?x=1\r\nContent-Location: /in/here\r\n\
             Set-Cookie: a=b; Path=/in; HttpOnly\r\nSet-Cookie: c=d; Domain=inner.test; Path=/\r\n\
             Server: old\r\nX-Powered-By: old\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).is_ok()
    });
    let routes = format!(
        r#"
[[route]]
id = "app"
match = {{ host = "app.test", path = "/app" }}
allow = ["anyone"]
upstream = "{}"
upstream_host = "inner.test"
rewrite = {{ strip = "/app", prefix = "/in" }}
request_headers = {{ set = {{ X-Tenant = "blue", User-Agent = "door" }}, remove = ["Accept-Language"] }}
response_headers = {{ set = {{ X-Frame-Options = "DENY" }}, remove = ["Server", "x-powered-by"] }}
"#,
        upstream.url()
    );
    (Setup::plain().with(&routes).start(), upstream)
}

fn send(server: &Doorward, target: &str, lines: &str) -> Answer {
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: app.test\r\n{lines}Connection: close\r\n\r\n");
    wire::exchange(server.port(), request.as_bytes()).unwrap()
}

#[test]
fn what_the_app_gets_is_computed_from_what_was_decided_on() {
    let (server, upstream) = house();
    for (asked, sent) in [
        ("/app", "/in"),
        ("/app/", "/in/"),
        ("/app/x/y?z=%2f", "/in/x/y?z=%2f"),
        ("/%61pp/x", "/in/x"),
        ("/app/app/x", "/in/app/x"),
        ("http://app.test/app/x", "/in/x"),
    ] {
        upstream.forget();
        assert_eq!(send(&server, asked, "").status, 302, "{asked}");
        assert_eq!(upstream.only().target, sent, "{asked}");
    }
    for refused in [
        "/app/../x",
        "/app/..%2fx",
        "/app//x",
        "/App/x",
        "/app/%2e%2e/x",
    ] {
        upstream.forget();
        let status = send(&server, refused, "").status;
        assert!((400..500).contains(&status), "{refused}: {status}");
        upstream.saw_nothing();
    }
}

#[test]
fn the_app_is_told_where_it_is_and_what_the_file_says() {
    let (server, upstream) = house();
    let lines = "X-Forwarded-Prefix: /evil\r\nX-Tenant: red\r\nx_tenant: red\r\nAccept-Language: cs\r\n\
                 User-Agent: me\r\nRemote-User: root\r\n";
    send(&server, "/app/x", lines);
    let seen = upstream.only();
    let all = |name: &str| seen.headers.all(name);
    assert_eq!(all("x-forwarded-prefix"), ["/app"]);
    assert_eq!(all("x-forwarded-host"), ["app.test"]);
    assert_eq!(all("host"), ["inner.test"]);
    assert_eq!(all("x-tenant"), ["blue"]);
    assert_eq!(all("user-agent"), ["door"]);
    for gone in ["accept-language", "remote-user", "x_tenant"] {
        assert!(all(gone).is_empty(), "{gone}");
    }
    assert!(!seen.contains("red") && !seen.contains("evil"), "{seen:?}");
}

#[test]
fn addresses_and_cookies_come_back_as_browsers_know_them() {
    let (server, _upstream) = house();
    let answer = send(&server, "/app/x", "");
    let all = |name: &str| answer.headers.all(name);
    assert_eq!(all("location"), ["http://app.test/app/next?x=1"]);
    assert_eq!(all("content-location"), ["/app/here"]);
    assert_eq!(
        all("set-cookie"),
        ["a=b; Path=/app; HttpOnly", "c=d; Path=/app"]
    );
    assert_eq!(all("x-frame-options"), ["DENY"]);
    assert!(all("server").is_empty() && all("x-powered-by").is_empty());
}

#[test]
fn pth_22_nothing_leads_out_of_a_path_that_is_stripped() {
    let (server, upstream) = house();
    for target in [
        "/app/../admin",
        "/app//evil",
        "/app//evil.test/x",
        "/app/%2e%2e%2fadmin",
        "/app/%2e%2e/admin",
        "/app/..;/admin",
        "/app/.%2e/admin",
        "/app%2f..%2fadmin",
        "/app/\\evil.test",
        "/app/%5cevil.test",
        // Not below the path: another segment, however it begins.
        "/app@evil.test",
        "/app.evil.test/",
        "/appx",
        "/APP/x",
    ] {
        let answer = send(&server, target, "");
        assert!(
            (400..500).contains(&answer.status),
            "{target}: {}",
            answer.status
        );
        upstream.saw_nothing();
    }
    for (target, sent) in [
        ("/app", "/in"),
        ("/app/", "/in/"),
        ("/%61pp/admin", "/in/admin"),
        ("/app/@evil.test", "/in/@evil.test"),
        ("/app/app/x", "/in/app/x"),
        ("/app/x?/../y", "/in/x?/../y"),
        ("http://app.test/app/x", "/in/x"),
    ] {
        upstream.forget();
        assert_eq!(send(&server, target, "").status, 302, "{target}");
        assert_eq!(upstream.only().target, sent, "{target}");
    }
}
