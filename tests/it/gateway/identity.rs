//! What an upstream learns about the person, whatever the client says.

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::upstream::Request;

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start)
}

/// Asks as bob with `lines` and gives what the upstream saw.
async fn as_bob(house: &Turn, target: &str, lines: &[&str]) -> Request {
    let session = cookie(&house.session("app.test", "bob").await);
    let mut all = vec![session.as_str()];
    all.extend(lines);
    let answer = house.get("app.test", target, &all);
    assert_eq!(answer.status, 200, "{}", answer.text());
    house.upstream.only()
}

#[track_caller]
fn is_bobs(request: &Request) {
    assert_eq!(request.headers.all("x-auth-user"), ["bob"]);
    assert_eq!(request.headers.all("x-auth-groups"), ["staff"]);
    let seen = request.cgi();
    assert_eq!(seen["X_AUTH_USER"], "bob");
    assert_eq!(seen["X_AUTH_GROUPS"], "staff");
    for forged in ["ada", "carol", "mallory"] {
        assert!(!tells(request, forged), "{forged} in {request:?}");
    }
}

/// Whether the app is told this word, in whatever place. What we made up is random, and may hold any
/// short one.
fn tells(request: &Request, word: &str) -> bool {
    let head = String::from_utf8_lossy(&request.raw);
    let made_up = |line: &&str| {
        line.starts_with("X-Request-Id: ") || line.starts_with("Doorward-Assertion: eyJ")
    };
    let mut lines = head.split("\r\n").filter(|line| !made_up(line));
    lines.any(|line| line.contains(word))
}

#[tokio::test]
async fn hdr_01_a_forged_identity_header_is_replaced() {
    is_bobs(&as_bob(&house(), "/", &["X-Auth-User: ada"]).await);
}

#[tokio::test]
async fn hdr_02_letter_case_does_not_matter() {
    let lines = ["x-auth-user: ada", "X-AUTH-USER: ada", "x-AuTh-uSeR: ada"];
    is_bobs(&as_bob(&house(), "/", &lines).await);
}

#[tokio::test]
async fn hdr_03_underscore_twins_never_reach_the_upstream() {
    let lines = [
        "X_Auth_User: ada",
        "X-Auth_User: ada",
        "HTTP_X_AUTH_USER: ada",
        "X.Auth.User: ada",
        "http-x-auth-user: ada",
        "X_Auth_Groups: mallory",
    ];
    is_bobs(&as_bob(&house(), "/", &lines).await);
}

#[tokio::test]
async fn hdr_06_of_several_lines_none_survives() {
    let lines = [
        "X-Auth-User: ada",
        "X-Auth-User: carol",
        "X-Auth-User: ada, bob",
    ];
    is_bobs(&as_bob(&house(), "/", &lines).await);
}

#[tokio::test]
async fn hdr_07_a_group_with_the_separator_in_its_name_is_no_other_group() {
    let house = house();
    house
        .server
        .cli(
            &[
                "user",
                "add",
                "carol",
                "--groups",
                "x|admin",
                "--password-stdin",
            ],
            "plum-lantern-93\n",
        )
        .succeeded();
    let session = house
        .signed_in_as("app.test", "carol", "plum-lantern-93")
        .await;
    house.get("app.test", "/", &[&cookie(&session)]);
    let groups = house.upstream.only().headers.all("x-auth-groups");
    assert_eq!(groups, ["x%7Cadmin"]);
}

#[tokio::test]
async fn hdr_08_what_is_not_known_is_absent_even_if_the_client_says_it() {
    let house = house();
    house
        .server
        .cli(
            &["user", "add", "dora", "--password-stdin"],
            "plum-lantern-93\n",
        )
        .succeeded();
    let session = house
        .signed_in_as("app.test", "dora", "plum-lantern-93")
        .await;
    let lines = [cookie(&session), "X-Auth-Email: ada@example.com".to_owned()];
    house.get("app.test", "/", &lines.each_ref().map(String::as_str));
    let seen = house.upstream.only();
    assert!(!seen.cgi().contains_key("X_AUTH_EMAIL"), "{seen:?}");
    assert_eq!(seen.headers.all("x-auth-user"), ["dora"]);
}

#[tokio::test]
async fn hdr_09_public_routes_pass_no_forged_identity_on_either() {
    let house = house();
    let forged = [
        "X-Auth-User: ada",
        "x_auth_user: ada",
        "Remote-User: ada",
        "X-Forwarded-User: ada",
        "Doorward-Assertion: ada",
    ];
    for (host, target) in [("app.test", "/public/x"), ("open.test", "/")] {
        house.upstream.forget();
        assert_eq!(house.get(host, target, &forged).status, 200);
        assert!(!tells(&house.upstream.only(), "ada"), "{host}");
    }
}

#[tokio::test]
async fn hdr_11_connection_cannot_nominate_an_identity_header_away() {
    let house = house();
    let session = cookie(&house.session("app.test", "bob").await);
    let head = format!(
        "GET / HTTP/1.1\r\nHost: app.test\r\n{session}\r\n\
         Connection: close, X-Auth-User, x-auth-groups, Doorward-Assertion\r\n\r\n"
    );
    assert_eq!(house.send(head.as_bytes()).status, 200);
    let seen = house.upstream.only();
    is_bobs(&seen);
    assert_eq!(seen.headers.all("doorward-assertion").len(), 1);
    assert!(!seen.headers.all("connection").concat().contains("auth"));
}

#[tokio::test]
async fn hdr_13_trailers_do_not_become_headers() {
    let house = house();
    let session = cookie(&house.session("app.test", "bob").await);
    for trailer in ["", "Trailer: X-Auth-User\r\n"] {
        house.upstream.forget();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: app.test\r\n{session}\r\n{trailer}Transfer-Encoding: chunked\r\n\
             Connection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Auth-User: ada\r\n\r\n"
        );
        assert_eq!(house.send(head.as_bytes()).status, 200);
        let seen = house.upstream.only();
        assert_eq!(seen.body, b"abc");
        is_bobs(&seen);
    }
}

#[tokio::test]
async fn hdr_20_our_cookies_and_tokens_never_reach_an_upstream() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    let lines = [
        format!("Cookie: theme=dark; {session}; lang=en"),
        "Authorization: Bearer dw_rt_anything".to_owned(),
    ];
    house.get("app.test", "/", &lines.each_ref().map(String::as_str));
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("cookie"), ["theme=dark; lang=en"]);
    assert!(!seen.contains("__Host-doorward") && !seen.contains("dw_rt_"));

    house.upstream.forget();
    let own = [cookie(&session), "Authorization: Basic YTpi".to_owned()];
    house.get("app.test", "/", &own.each_ref().map(String::as_str));
    assert_eq!(
        house.upstream.only().headers.all("authorization"),
        ["Basic YTpi"]
    );
}

#[tokio::test]
async fn hdr_19_an_upstream_cannot_set_our_cookies_or_clear_them() {
    let house = House::before(crate::support::Recorder::scripted(|_, stream| {
        use std::io::Write as _;
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: __Host-doorward=planted; \
            Path=/; Secure\r\nSet-Cookie: mine=1\r\nClear-Site-Data: \"cookies\"\r\n\
            Doorward-Anything: x\r\nAlt-Svc: h3=\":8443\"\r\n\r\nok";
        stream.write_all(answer).is_ok()
    }));
    let answer = house.get("open.test", "/", &[]);
    assert_eq!(answer.headers.all("set-cookie"), ["mine=1"]);
    for name in ["clear-site-data", "doorward-anything", "alt-svc"] {
        assert!(answer.headers.all(name).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn hdr_22_what_a_client_says_about_the_target_changes_no_rule_and_goes_nowhere() {
    let house = house();
    let lies = [
        "X-Forwarded-Uri: /public/x",
        "X-Original-URL: /public/x",
        "X-Rewrite-URL: /public/x",
        "X-Original-URI: /public/x",
        "X-Envoy-Original-Path: /public/x",
        "X-Original-Method: OPTIONS",
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: DELETE",
    ];
    house.kept_out("app.test", "/admin/x", &lies);
    house.get("app.test", "/public/x", &lies);
    let seen = house.upstream.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/public/x")
    );
    for name in ["original", "rewrite", "envoy", "method", "x-forwarded-uri"] {
        let found = seen
            .headers
            .0
            .iter()
            .find(|(key, _)| key.to_lowercase().contains(name));
        assert!(found.is_none(), "{found:?}");
    }
}

#[tokio::test]
async fn fwd_01_where_a_request_came_from_is_rebuilt_from_the_socket() {
    let house = house();
    let lies = [
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Host: evil.test",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Port: 6",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Server: evil.test",
        "X-Forwarded-Method: EVIL",
        "Forwarded: for=6.6.6.6;host=evil.test",
        "X-Real-IP: 6.6.6.6",
        "True-Client-IP: 6.6.6.6",
        "X_Forwarded_For: 6.6.6.6",
        "CF-Connecting-IP: 6.6.6.6",
    ];
    house.get("open.test", "/", &lies);
    let seen = house.upstream.only();
    for lie in ["6.6.6.6", "evil", "EVIL"] {
        assert!(!seen.contains(lie), "{lie} in {seen:?}");
    }
    assert_eq!(seen.headers.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.headers.all("x-real-ip"), ["127.0.0.1"]);
    assert_eq!(seen.headers.all("x-forwarded-proto"), ["http"]);
    assert_eq!(seen.headers.all("x-forwarded-host"), ["open.test"]);
    assert!(seen.headers.all("x-forwarded-port").is_empty());
}

#[tokio::test]
async fn fwd_02_nobody_is_a_trusted_proxy_unless_the_file_says_so() {
    let house = House::start();
    house.get(
        "open.test",
        "/",
        &["X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https"],
    );
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("x-forwarded-for"), ["127.0.0.1"]);
    let line = crate::support::wait_for("the access line", || {
        let logs = house.server.logs();
        logs.lines()
            .find(|line| line.contains("\"open\""))
            .map(str::to_owned)
    });
    assert!(line.contains("\"client.address\":\"127.0.0.1\""), "{line}");
}

#[tokio::test]
async fn fwd_03_behind_a_trusted_proxy_the_client_is_the_right_most_untrusted_address() {
    let upstream = crate::support::Recorder::start();
    let server = crate::support::Setup::plain()
        .listen("trusted_proxies = [\"127.0.0.0/8\"]")
        .with(&super::routes(&upstream.url()))
        .start();
    let house = House { server, upstream };
    let said = [
        "X-Forwarded-For: 127.0.0.1, 9.9.9.9",
        "X-Forwarded-Proto: https",
    ];
    house.get("open.test", "/", &said);
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("x-forwarded-for"), ["9.9.9.9"]);
    assert_eq!(seen.headers.all("x-forwarded-proto"), ["https"]);
}
