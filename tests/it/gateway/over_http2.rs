//! The same rows of the wall over HTTP/2: raw frames inside TLS, each on a connection of its own.

use super::House;
use super::shared::{Shared, Turn};
use crate::support::http2::{self, Heard, Request};

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start_tls)
}

type Field<'a> = (&'a str, &'a str);

fn fields<'a>(authority: &'a str, path: &'a str, more: &[Field<'a>]) -> Vec<Field<'a>> {
    let mut fields = vec![
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", authority),
        (":path", path),
    ];
    fields.extend(more);
    fields
}

fn send(house: &House, fields: &[Field<'_>], body: Option<&[u8]>) -> Heard {
    let bytes: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let request = Request {
        fields: &bytes,
        body,
    };
    let authority = house.server.authority().unwrap();
    http2::exchange(house.server.port(), &authority, "app.test", &request)
}

/// Nothing of these fields reaches the upstream, and the next request is clean.
#[track_caller]
fn kept_out(house: &House, all: &[Field<'_>], body: Option<&[u8]>) -> Heard {
    house.upstream.forget();
    let heard = send(house, all, body);
    let redirected = matches!(heard.status, Some(301..=303));
    assert!(heard.refused() || redirected, "{all:?}: {heard:?}");
    house.upstream.saw_nothing();
    let next = send(house, &fields("open.test", "/next", &[]), None);
    assert_eq!(next.status, Some(200), "after {all:?}");
    assert_eq!(house.upstream.only().target, "/next");
    heard
}

#[track_caller]
fn paths_kept_out(paths: &[&str]) {
    let house = house();
    for path in paths {
        kept_out(&house, &fields("app.test", path, &[]), None);
    }
}

/// Asks as Bob and checks that the upstream is told of nobody else.
async fn stays_bob(house: &Turn, forged: &[Field<'_>]) -> crate::support::upstream::Request {
    let session = house.session("app.test", "bob").await;
    house.upstream.forget();
    let mut more = vec![("cookie", session.as_str())];
    more.extend(forged);
    let heard = send(house, &fields("app.test", "/", &more), None);
    assert_eq!(heard.status, Some(200), "{forged:?}: {heard:?}");
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("x-auth-user"), ["bob"], "{seen:?}");
    assert_eq!(seen.headers.all("x-auth-groups"), ["staff"]);
    assert_eq!(seen.cgi()["X_AUTH_USER"], "bob");
    assert!(!seen.contains("mallory"), "{seen:?}");
    seen
}

#[tokio::test]
async fn hdr_01_a_forged_identity_field_is_replaced() {
    stays_bob(&house(), &[("x-auth-user", "mallory")]).await;
}

#[tokio::test]
async fn hdr_02_a_name_in_upper_case_is_no_name_in_http_2() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    for name in ["X-Auth-User", "X-AUTH-USER", "x-AuTh-uSeR"] {
        let more = [("cookie", session.as_str()), (name, "mallory")];
        kept_out(&house, &fields("app.test", "/", &more), None);
    }
}

#[tokio::test]
async fn hdr_03_underscore_twins_never_reach_the_upstream() {
    let twins = [
        "x_auth_user",
        "x-auth_user",
        "http_x_auth_user",
        "http-x-auth-user",
        "x.auth.user",
        "x_auth_groups",
        "x~auth~user",
    ];
    stays_bob(&house(), &twins.map(|name| (name, "mallory"))).await;
}

#[tokio::test]
async fn hdr_06_of_several_fields_none_survives() {
    let several = ["mallory", "carol, mallory", "mallory, bob"];
    stays_bob(&house(), &several.map(|value| ("x-auth-user", value))).await;
}

#[tokio::test]
async fn hdr_08_what_a_route_does_not_send_is_absent_even_if_the_client_says_it() {
    let house = house();
    let said = house.server.cli(
        &["user", "add", "dora", "--password-stdin"],
        "plum-lantern-93\n",
    );
    // It is there already when the house stands since an earlier test.
    assert!(
        said.code == Some(0) || said.stderr.contains("dora"),
        "{said:?}"
    );
    let session = house
        .signed_in_as("app.test", "dora", "plum-lantern-93")
        .await;
    let more = [
        ("cookie", session.as_str()),
        ("x-auth-email", "mallory@example.com"),
    ];
    send(&house, &fields("app.test", "/", &more), None);
    let seen = house.upstream.only();
    assert!(!seen.cgi().contains_key("X_AUTH_EMAIL"), "{seen:?}");
    assert_eq!(seen.headers.all("x-auth-user"), ["dora"]);
}

#[tokio::test]
async fn hdr_09_public_routes_pass_no_forged_identity_on_either() {
    let house = house();
    let forged = [
        "x-auth-user",
        "x_auth_user",
        "remote-user",
        "doorward-assertion",
    ];
    for (host, path) in [("app.test", "/public/x"), ("open.test", "/")] {
        house.upstream.forget();
        let heard = send(
            &house,
            &fields(host, path, &forged.map(|name| (name, "mallory"))),
            None,
        );
        assert_eq!(heard.status, Some(200));
        assert!(!house.upstream.only().contains("mallory"), "{host}");
    }
}

#[tokio::test]
async fn hdr_11_fields_of_a_connection_have_no_place_in_http_2() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    for (name, value) in [
        ("connection", "close, x-auth-user"),
        ("proxy-connection", "x-auth-user"),
        ("keep-alive", "x-auth-user"),
        ("upgrade", "websocket"),
        ("transfer-encoding", "chunked"),
    ] {
        let more = [("cookie", session.as_str()), (name, value)];
        kept_out(&house, &fields("app.test", "/", &more), None);
    }
}

#[tokio::test]
async fn h2x_05_hdr_20_our_cookie_stays_here_however_the_cookies_are_split() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    let mut crumbs = vec![("cookie", "theme=dark")];
    crumbs.extend(session.split("; ").map(|crumb| ("cookie", crumb)));
    crumbs.push(("cookie", "lang=en"));
    let heard = send(&house, &fields("app.test", "/", &crumbs), None);
    assert_eq!(heard.status, Some(200), "{heard:?}");
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("cookie"), ["theme=dark; lang=en"]);
    assert_eq!(seen.headers.all("x-auth-user"), ["bob"]);
    assert!(!seen.contains("__Host-doorward"), "{seen:?}");
}

#[tokio::test]
async fn hdr_22_what_a_client_says_about_the_target_changes_no_rule_and_goes_nowhere() {
    let house = house();
    let lies = [
        ("x-forwarded-uri", "/public/mallory"),
        ("x-original-url", "/public/mallory"),
        ("x-rewrite-url", "/public/mallory"),
        ("x-original-uri", "/public/mallory"),
        ("x-envoy-original-path", "/public/mallory"),
    ];
    kept_out(&house, &fields("app.test", "/admin/x", &lies), None);
    assert_eq!(stays_bob(&house, &lies).await.target, "/");
    house.upstream.forget();
    send(
        &house,
        &fields(
            "app.test",
            "/public/x",
            &lies.map(|(name, _)| (name, "/admin/x")),
        ),
        None,
    );
    let seen = house.upstream.only();
    assert_eq!(seen.target, "/public/x");
    assert!(!seen.contains("admin"), "{seen:?}");
}

#[test]
fn fwd_01_where_a_request_came_from_is_rebuilt_from_the_socket() {
    let house = house();
    let lies = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "mallory.test"),
        ("x-forwarded-proto", "mallory"),
        ("x-forwarded-port", "666"),
        ("x-forwarded-prefix", "/mallory"),
        ("x_forwarded_for", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6;host=mallory.test"),
        ("x-real-ip", "6.6.6.6"),
    ];
    send(&house, &fields("open.test", "/", &lies), None);
    let seen = house.upstream.only();
    for lie in ["6.6.6.6", "mallory", "666"] {
        assert!(!seen.contains(lie), "{lie} in {seen:?}");
    }
    assert_eq!(seen.headers.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.headers.all("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.headers.all("x-forwarded-host"), ["open.test"]);
}

#[test]
fn pth_01_dot_segments_do_not_lead_out_of_a_public_prefix() {
    paths_kept_out(&["/public/../admin/x", "/public/./../admin/x", "/public/.."]);
}

#[test]
fn pth_02_encoded_dot_segments_do_not_either() {
    paths_kept_out(&[
        "/public/%2e%2e/admin/x",
        "/public/.%2E/admin/x",
        "/public/%2e%2e%2fadmin/x",
    ]);
}

#[test]
fn pth_03_nor_do_escapes_within_escapes() {
    paths_kept_out(&[
        "/public/%252e%252e/admin/x",
        "/public/%25%32%65%252e/admin/x",
    ]);
}

#[test]
fn pth_04_nor_do_path_parameters() {
    paths_kept_out(&[
        "/public/..;/admin/x",
        "/public;a/..;b/admin",
        "/admin;x=y/panel",
        "/%3b/../admin",
    ]);
}

#[test]
fn pth_05_nor_do_backslashes() {
    paths_kept_out(&[r"/public\..\admin", "/public/%5c..%5cadmin", "/admin%5cx"]);
}

#[test]
fn pth_06_nor_do_empty_segments() {
    paths_kept_out(&["//admin/x", "/./admin/x", "/admin//x", "/public//../admin"]);
}

#[test]
fn pth_07_nor_do_encoded_slashes() {
    paths_kept_out(&["/admin%2fx", "/public%2f..%2fadmin%2fx"]);
}

#[test]
fn pth_08_control_characters_are_rejected() {
    paths_kept_out(&[
        "/admin%00",
        "/public/%00/../admin",
        "/public/x%0d%0aX-Auth-User:%20bob",
        "/public/x%0a",
        "/public/x\r\nx-auth-user: bob",
        "/public/\0",
    ]);
}

#[tokio::test]
async fn pth_09_letter_case_and_escapes_never_lead_to_the_weaker_rule() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    for path in [
        "/ADMIN/x",
        "/%61dmin/x",
        "/%41dmin/x",
        "/admin",
        "/admin./x",
    ] {
        kept_out(&house, &fields("app.test", path, &[]), None);
        let bob = [("cookie", session.as_str())];
        kept_out(&house, &fields("app.test", path, &bob), None);
    }
}

#[test]
fn pth_12_the_query_does_not_take_part_in_the_decision() {
    paths_kept_out(&[
        "/admin/x?/public/",
        "/admin/x?p=/public/",
        "/admin/x;/public/",
    ]);
}

#[tokio::test]
async fn pth_15_a_host_has_one_spelling_or_none() {
    let house = house();
    let session = house.session("app.test", "bob").await;
    for authority in [
        "SECRET.TEST",
        "secret.test.",
        "secret.test:443",
        "secret.test:x",
        "secret.test:",
        "x.secret.test",
        "user@secret.test",
        "nobody.test",
        "",
    ] {
        let bob = [("cookie", session.as_str())];
        kept_out(&house, &fields(authority, "/", &bob), None);
    }
}

#[test]
fn h2x_01_authority_and_host_must_agree() {
    let house = house();
    for (authority, host) in [
        ("open.test", "secret.test"),
        ("secret.test", "open.test"),
        ("open.test", "open.test:1"),
        ("open.test", ""),
    ] {
        let more = [("host", host)];
        kept_out(&house, &fields(authority, "/", &more), None);
    }
    let twice = [("host", "open.test"), ("host", "secret.test")];
    kept_out(&house, &fields("open.test", "/", &twice), None);
}

#[test]
fn a_scheme_that_the_connection_does_not_have_is_refused() {
    let house = house();
    for scheme in ["http", "ftp", "javascript"] {
        let mut all = fields("open.test", "/", &[]);
        all[1].1 = scheme;
        assert_eq!(kept_out(&house, &all, None).status, Some(400), "{scheme}");
    }
}

#[test]
fn h2x_02_malformed_requests_are_refused() {
    let house = house();
    let good = fields("open.test", "/", &[]);
    let without = |name: &str| -> Vec<Field<'_>> {
        good.iter().filter(|(n, _)| *n != name).copied().collect()
    };
    let and = |mut fields: Vec<Field<'static>>, field| {
        fields.push(field);
        fields
    };
    let late = and(vec![("x", "y")], (":path", "/"));
    for malformed in [
        [good.clone(), vec![(":path", "/admin/")]].concat(),
        [without(":path"), late].concat(),
        [good.clone(), vec![(":status", "200")]].concat(),
        [good.clone(), vec![(":unknown", "x")]].concat(),
        without(":path"),
        without(":method"),
        without(":authority"),
        fields("open.test", "", &[]),
        fields("open.test", "x", &[]),
        fields("open.test", "*", &[]),
        fields("open.test", "https://secret.test/", &[]),
        fields("open.test", "/", &[("te", "gzip")]),
        fields("open.test", "/", &[("x", "a\r\nb: c")]),
        fields("open.test", "/", &[("x y", "a")]),
    ] {
        kept_out(&house, &malformed, None);
    }
}

#[test]
fn h2x_04_a_length_that_is_not_the_bodys_is_refused() {
    let house = house();
    for length in ["0", "5", "51", "-1", "x"] {
        let mut post = fields("open.test", "/", &[("content-length", length)]);
        post[0] = (":method", "POST");
        // Before the end of the body nobody can know, but no whole request may come of it.
        house.upstream.forget();
        let heard = send(&house, &post, Some(&[b'x'; 50]));
        assert!(heard.refused(), "{length}: {heard:?}");
        let requests = house.upstream.requests();
        assert!(
            requests.iter().all(|request| request.body.len() < 5),
            "{length}: {requests:?}"
        );
        let next = send(&house, &fields("open.test", "/next", &[]), None);
        assert_eq!(next.status, Some(200));
        assert_eq!(house.upstream.last().target, "/next");
    }
}

#[test]
fn h2x_06_no_tunnel_is_opened() {
    let house = house();
    let connect = [(":method", "CONNECT"), (":authority", "app.test:443")];
    kept_out(&house, &connect, None);
    let mut extended = fields("app.test", "/admin/ws", &[]);
    extended[0] = (":method", "CONNECT");
    extended.insert(1, (":protocol", "websocket"));
    kept_out(&house, &extended, None);
}
