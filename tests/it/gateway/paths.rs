//! The path that is decided on is the path that is forwarded, and no spelling of a protected path
//! gets a weaker rule.

use std::io::Write as _;

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::wire;

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start)
}

/// No session, so every one of these has to be kept out, whatever the reason given.
#[track_caller]
fn all_kept_out(house: &House, targets: &[&str]) {
    for target in targets {
        house.kept_out("app.test", target, &[]);
    }
    // The next request is clean.
    assert_eq!(house.get("app.test", "/public/", &[]).status, 200);
}

#[tokio::test]
async fn pth_01_dot_segments_do_not_lead_out_of_a_public_prefix() {
    all_kept_out(&house(), &["/public/../admin/x", "/public/./../admin/x"]);
}

#[tokio::test]
async fn pth_02_encoded_dot_segments_do_not_either() {
    all_kept_out(
        &house(),
        &[
            "/public/%2e%2e/admin/x",
            "/public/.%2E/admin/x",
            "/public/%2e%2e%2fadmin/x",
        ],
    );
}

#[tokio::test]
async fn pth_03_nor_do_escapes_within_escapes() {
    all_kept_out(
        &house(),
        &[
            "/public/%252e%252e/admin/x",
            "/public/%25%32%65%252e/admin/x",
        ],
    );
}

#[tokio::test]
async fn pth_04_nor_do_path_parameters() {
    all_kept_out(
        &house(),
        &[
            "/public/..;/admin/x",
            "/public;a/..;b/admin",
            "/admin;x=y/panel",
            "/%3b/../admin",
        ],
    );
}

#[tokio::test]
async fn pth_05_nor_do_backslashes() {
    all_kept_out(
        &house(),
        &[r"/public\..\admin", "/public/%5c..%5cadmin", "/admin%5cx"],
    );
}

#[tokio::test]
async fn pth_06_nor_do_empty_segments() {
    all_kept_out(
        &house(),
        &["//admin/x", "/./admin/x", "/admin//x", "/public//../admin"],
    );
}

#[tokio::test]
async fn pth_07_nor_do_encoded_slashes() {
    all_kept_out(&house(), &["/admin%2fx", "/public%2f..%2fadmin%2fx"]);
}

#[tokio::test]
async fn pth_08_control_characters_are_rejected() {
    let house = house();
    for target in [
        "/admin%00",
        "/public/%00/../admin",
        "/public/x%0d%0aX-Auth-User:%20bob",
        "/public/x%0a",
    ] {
        let answer = house.kept_out("app.test", target, &[]);
        assert_eq!(answer.status, 400, "{target}");
    }
}

#[tokio::test]
async fn pth_09_letter_case_and_escapes_never_lead_to_the_weaker_rule() {
    let house = house();
    all_kept_out(
        &house,
        &["/ADMIN/x", "/%61dmin/x", "/%41dmin/x", "/Public/../admin"],
    );
    // Bob may everything but /admin/; no spelling of it may let him in.
    let bob = cookie(&house.session("app.test", "bob").await);
    for target in [
        "/admin",
        "/admin/",
        "/ADMIN/x",
        "/%61dmin/x",
        "/%41dmin/x",
        "/admin./x",
    ] {
        house.kept_out("app.test", target, &[&bob]);
    }
    // What is decided is what is forwarded: one canonical spelling.
    let ada = cookie(&house.session("app.test", "ada").await);
    house.get("app.test", "/%61dmin/%7ex", &[&ada]);
    assert_eq!(house.upstream.only().target, "/admin/~x");
}

#[tokio::test]
async fn pth_11_a_fragment_is_rejected() {
    let house = house();
    assert_eq!(
        house
            .kept_out("app.test", "/admin/s#/public/ok", &[])
            .status,
        400
    );
    house.kept_out("app.test", "/admin/s%23/public/ok", &[]);
}

#[tokio::test]
async fn pth_12_the_query_does_not_take_part_in_the_decision() {
    let house = house();
    for target in [
        "/admin/x?/public/",
        "/admin/x?p=/public/",
        "/admin/x;/public/",
    ] {
        house.kept_out("app.test", target, &[]);
    }
    house.get("app.test", "/public/x?y=/../admin&z=%00;", &[]);
    assert_eq!(house.upstream.only().target, "/public/x?y=/../admin&z=%00;");
}

#[tokio::test]
async fn pth_13_a_target_in_absolute_form_is_decided_by_its_path_and_forwarded_as_one() {
    let house = house();
    house.kept_out("app.test", "http://app.test/admin/x", &[]);
    house.kept_out("open.test", "http://app.test/public/x", &[]);
    house.get("app.test", "http://app.test/public/x?y", &[]);
    assert_eq!(house.upstream.only().target, "/public/x?y");
}

#[tokio::test]
async fn pth_15_a_host_has_one_spelling_or_none() {
    let house = house();
    for host in [
        "SECRET.TEST",
        "secret.test.",
        "secret.test:443",
        "secret.test:x",
        "secret.test:",
        "secret.test:0",
        "x.secret.test",
        "user@secret.test",
        "secret.test/x",
    ] {
        house.kept_out(host, "/", &[]);
    }
    let answer = house.kept_out("nobody.test", "/", &[]);
    assert_eq!(answer.status, 421);
    let ada = cookie(&house.session("secret.test", "ada").await);
    assert_eq!(house.get("SECRET.test", "/", &[&ada]).status, 200);
    assert_eq!(house.upstream.only().headers.all("host"), ["secret.test"]);
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_rejected() {
    let house = house();
    for head in [
        "GET /public/ HTTP/1.1\r\n\r\n",
        "GET /public/ HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /public/ HTTP/1.0\r\n\r\n",
        "GET /public/ HTTP/1.1\r\nHost: app.test\r\nHost: app.test\r\n\r\n",
    ] {
        assert_eq!(house.send(head.as_bytes()).status, 400, "{head:?}");
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn pth_18_unknown_methods_are_refused() {
    let house = house();
    for method in ["get", "GeT", "FOO", "TRACE", "CONNECT"] {
        let target = if method == "CONNECT" {
            "app.test:443"
        } else {
            "/public/x"
        };
        let head = format!("{method} {target} HTTP/1.1\r\nHost: app.test\r\n\r\n");
        let answer = house.send(head.as_bytes());
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.headers.all("server").is_empty());
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn pth_19_targets_that_are_no_path_are_refused() {
    let house = house();
    for line in ["OPTIONS *", "GET ?x=1", "GET public", "GET app.test/public"] {
        let head = format!("{line} HTTP/1.1\r\nHost: app.test\r\n\r\n");
        assert_eq!(house.send(head.as_bytes()).status, 400, "{line}");
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn pth_20_a_request_line_is_never_repaired() {
    let house = house();
    for line in [
        "GET /public HTTP/1.1 /admin HTTP/1.1",
        "GET /public/a b HTTP/1.1",
        "GET /public/\ta HTTP/1.1",
        "GET /public/<a> HTTP/1.1",
        "GET /public/\" HTTP/1.1",
    ] {
        let head = format!("{line}\r\nHost: app.test\r\n\r\n");
        let answer = house.send(head.as_bytes());
        assert_eq!(answer.status, 400, "{line}");
        assert!(answer.headers.all("server").is_empty());
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn pth_25_our_own_prefix_is_never_proxied() {
    let house = house();
    for target in [
        "/_doorward/callback/../../admin/x",
        "/_doorward/..%2f..%2fadmin",
        "/_doorward/anything",
        "/_DOORWARD/me",
    ] {
        house.kept_out("open.test", target, &[]);
    }
}

#[tokio::test]
async fn smg_02_bodies_are_framed_in_one_way_or_refused() {
    let house = house();
    for framing in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 05",
        "Content-Length: 99999999999999999999",
    ] {
        let head = format!(
            "POST /public/x HTTP/1.1\r\nHost: app.test\r\n{framing}\r\n\r\n0\r\n\r\nGET /admin/ HTTP/1.1\r\n\r\n"
        );
        let answer = house.send(head.as_bytes());
        assert_eq!(answer.status, 400, "{framing}");
        assert_eq!(answer.headers.all("connection"), ["close"], "{framing}");
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn dos_03_large_heads_are_refused() {
    let house = house();
    let large = format!("X: {}", "a".repeat(40_000));
    assert_eq!(house.get("app.test", "/public/", &[&large]).status, 431);
    let long = format!("/public/{}", "a".repeat(10_000));
    assert_eq!(house.get("app.test", &long, &[]).status, 414);
    house.upstream.saw_nothing();
}

/// Targets of what paths are attacked with, always the same ones.
fn odd_targets(count: usize) -> Vec<String> {
    const PIECES: &[&str] = &[
        "/",
        "/",
        "a",
        "b",
        "admin",
        "public",
        ".",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "%41",
        "%7e",
        "%C3%A4",
        "%c3%a4",
        "~",
        ";",
        ":",
        "@",
        "!",
        "$",
        "'",
        "(",
        ",",
        "=",
        "+",
        "|",
        "[",
        "%20",
        "?",
        "?a=b",
        "%25",
        "%252e",
        "%00",
        "//",
        "*",
        "&",
        "%e2%82%ac",
        "%",
        "\\",
        "#",
    ];
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    (0..count)
        .map(|_| {
            let mut target = String::from("/");
            for _ in 0..=next(4) {
                target.push_str(PIECES[next(PIECES.len())]);
            }
            target
        })
        .collect()
}

#[test]
fn the_path_that_is_written_to_the_log_is_the_path_that_the_app_gets() {
    let house = House::start();
    let mut stream = wire::connect(house.server.port()).unwrap();
    let mut refused = 0;
    for target in odd_targets(600) {
        let head = format!("GET {target} HTTP/1.1\r\nHost: open.test\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let answer = wire::read_answer(&mut stream).unwrap();
        if answer.status != 200 {
            assert!(
                (400..500).contains(&answer.status),
                "{target}: {}",
                answer.status
            );
            refused += 1;
            stream = wire::connect(house.server.port()).unwrap();
        }
    }
    let paths = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    let got: Vec<String> = house
        .upstream
        .requests()
        .iter()
        .map(|request| paths(&request.target))
        .collect();
    assert!(
        got.len() > 100 && refused > 100,
        "{} and {refused}",
        got.len()
    );
    let logged = crate::support::wait_for("every line", || {
        let logs = house.server.logs();
        let lines = logs
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let logged: Vec<String> = lines
            .filter(|line: &serde_json::Value| line["decision"] == "allow")
            .map(|line| line["url.path"].as_str().unwrap().to_owned())
            .collect();
        (logged.len() >= got.len()).then_some(logged)
    });
    assert_eq!(logged, got);
}
