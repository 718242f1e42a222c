//! Proxies that forward by themselves and ask here first.

use super::{House, cookie};
use crate::support::server::BOB;
use crate::support::wire::Answer;
use crate::support::{Browser, Recorder, Setup};

/// Who may ask, and by which addresses.
const DOOR: &str = "[forward_auth]\ntrusted = [\"127.0.0.1\"]\n\
     compat = [\"oauth2-proxy\", \"authelia\"]\n";

const OWN: &str = "/_doorward/authz/";

fn house(door: &str) -> House {
    let upstream = Recorder::start();
    let routes = super::routes(&upstream.url());
    let setup = Setup::plain().with(door).with(&routes).ada_and_bob();
    House {
        server: setup.start(),
        upstream,
    }
}

/// What a proxy says of somebody who asks it for a page.
struct Asked<'a> {
    method: &'a str,
    host: &'a str,
    target: &'a str,
    lines: &'a [&'a str],
}

impl<'a> Asked<'a> {
    fn get(host: &'a str, target: &'a str, lines: &'a [&'a str]) -> Self {
        Self {
            method: "GET",
            host,
            target,
            lines,
        }
    }
}

impl House {
    fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.server.port())
    }

    /// As nginx asks.
    fn nginx(&self, path: &str, asked: &Asked<'_>) -> Answer {
        let url = format!("http://{}{}", self.authority(asked.host), asked.target);
        let mut lines = vec![
            format!("X-Original-URL: {url}"),
            format!("X-Original-Method: {}", asked.method),
        ];
        lines.extend(asked.lines.iter().map(|&line| line.to_owned()));
        self.ask("localhost", path, &lines)
    }

    /// As Traefik, Caddy and oauth2-proxy's configurations ask.
    fn traefik(&self, path: &str, asked: &Asked<'_>) -> Answer {
        let mut lines = vec![
            format!("X-Forwarded-Host: {}", self.authority(asked.host)),
            format!("X-Forwarded-Uri: {}", asked.target),
            format!("X-Forwarded-Method: {}", asked.method),
            "X-Forwarded-Proto: http".to_owned(),
        ];
        lines.extend(asked.lines.iter().map(|&line| line.to_owned()));
        self.ask("localhost", path, &lines)
    }

    /// As Envoy asks.
    fn envoy(&self, path: &str, asked: &Asked<'_>) -> Answer {
        let host = self.authority(asked.host);
        let lines: Vec<_> = asked.lines.iter().map(|&line| line.to_owned()).collect();
        self.ask(&host, &format!("{path}{}", asked.target), &lines)
    }

    fn ask(&self, host: &str, target: &str, lines: &[String]) -> Answer {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.upstream.forget();
        let answer = self.get(host, target, &lines);
        self.upstream.saw_nothing();
        answer
    }

    /// Every way to ask.
    fn all(&self, asked: &Asked<'_>) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        for prefix in [OWN, "/api/authz/"] {
            let path = |name: &str| format!("{prefix}{name}");
            let nginx = path("auth-request");
            let traefik = path("forward-auth");
            let envoy = path("ext-authz");
            answers.push((nginx.clone(), self.nginx(&nginx, asked)));
            answers.push((traefik.clone(), self.traefik(&traefik, asked)));
            answers.push((envoy.clone(), self.envoy(&envoy, asked)));
        }
        let old = "/oauth2/auth".to_owned();
        answers.push((old.clone(), self.traefik(&old, asked)));
        answers
    }
}

#[tokio::test]
async fn who_may_pass_passes_with_what_the_app_is_to_learn() {
    let house = house(DOOR);
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let forged = "X-Auth-User: bob";
    let lines = [session.as_str(), forged];
    let asked = Asked::get("app.test", "/admin/x?a=//b", &lines);
    for (path, answer) in house.all(&asked) {
        let expected = if path == "/oauth2/auth" { 202 } else { 200 };
        assert_eq!(answer.status, expected, "{path}");
        assert_eq!(answer.headers.all("x-auth-user"), ["ada"], "{path}");
        assert_eq!(answer.headers.all("x-auth-groups"), ["admin|staff"]);
        assert!(answer.headers.first("doorward-assertion").is_some());
        assert!(answer.headers.first("x-forwarded-for").is_none());
        assert!(answer.body.is_empty());
    }
    let old = house.traefik("/oauth2/auth", &asked);
    let says = |name: &str| old.headers.first(name).unwrap_or_default();
    assert_eq!(says("x-auth-request-preferred-username"), "ada");
    assert_eq!(says("x-auth-request-email"), "ada@example.com");
    assert_eq!(says("x-auth-request-groups"), "admin,staff");
}

#[tokio::test]
async fn who_may_not_pass_is_told_in_words_that_the_proxy_understands() {
    let house = house(DOOR);
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    for (path, answer) in house.all(&Asked::get("app.test", "/admin/x", &[&bob])) {
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.headers.first("x-auth-user").is_none());
    }
    for (path, answer) in house.all(&Asked::get("app.test", "/", &[])) {
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.headers.first("location").is_none(), "{path}");
    }
    for (path, answer) in house.all(&Asked::get("app.test", "/x?y=1", &["Accept: text/html"])) {
        let nginx = path.ends_with("auth-request") || path == "/oauth2/auth";
        assert_eq!(answer.status, if nginx { 401 } else { 302 }, "{path}");
        let location = answer.headers.first("location").unwrap();
        let site = house.server.url("/login/route?start=");
        assert!(location.starts_with(&site), "{path}: {location}");
        let cookies = answer.headers.all("set-cookie");
        assert!(
            cookies[0].starts_with("__Host-doorward-start="),
            "{cookies:?}"
        );
        assert!(!nginx || cookies.len() == 1, "{cookies:?}");
    }
    // Somebody without a name passes where anybody may, and stays without.
    for (path, answer) in house.all(&Asked::get("open.test", "/", &["X-Auth-User: bob"])) {
        assert!(matches!(answer.status, 200 | 202), "{path}");
        assert!(answer.headers.first("x-auth-user").is_none(), "{path}");
    }
}

#[tokio::test]
async fn envoy_is_told_what_to_take_away() {
    let house = house(DOOR);
    let path = format!("{OWN}ext-authz");
    let answer = house.envoy(&path, &Asked::get("open.test", "/", &[]));
    let remove = answer
        .headers
        .first("x-envoy-auth-headers-to-remove")
        .unwrap();
    for name in [
        "x-auth-user",
        "x-auth-email",
        "doorward-assertion",
        "doorward-client",
    ] {
        assert!(remove.split(',').any(|one| one == name), "{name}: {remove}");
    }
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let answer = house.envoy(&path, &Asked::get("app.test", "/", &[&session]));
    let remove = answer
        .headers
        .first("x-envoy-auth-headers-to-remove")
        .unwrap();
    assert!(
        !remove.split(',').any(|one| one == "x-auth-user"),
        "{remove}"
    );
}

#[tokio::test]
async fn fwd_01_nobody_asks_who_is_not_named_whatever_they_send() {
    let trusted =
        "[forward_auth]\ntrusted = [\"10.9.9.9\"]\ncompat = [\"authelia\", \"oauth2-proxy\"]\n";
    let house = house(trusted);
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let spoof = "X-Forwarded-For: 10.9.9.9";
    for (path, answer) in house.all(&Asked::get("app.test", "/", &[&session, spoof])) {
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.headers.first("x-auth-user").is_none(), "{path}");
    }
}

#[tokio::test]
async fn a_proxy_may_call_doorward_by_any_name_and_only_where_it_may_ask() {
    let house = house(DOOR);
    let asked = |host: &str, path: &str| {
        let lines = [
            format!("X-Original-URL: http://{}/", house.authority("open.test")),
            "X-Original-Method: GET".to_owned(),
        ];
        house.ask(host, path, &lines).status
    };
    let door = format!("{OWN}auth-request");
    let address = house.authority("127.0.0.1");
    for host in ["doorward", &address] {
        assert_eq!(asked(host, &door), 200, "{host}");
        assert_eq!(asked(host, "/login"), 421, "{host}");
        assert_eq!(asked(host, "/_doorward/me"), 421, "{host}");
    }
}

#[tokio::test]
async fn without_the_section_there_is_no_door() {
    let house = house("");
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let lines = [session.as_str()];
    let asked = Asked::get("app.test", "/", &lines);
    for name in ["auth-request", "forward-auth"] {
        let path = format!("{OWN}{name}");
        let answers = [house.nginx(&path, &asked), house.traefik(&path, &asked)];
        for answer in answers {
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn hdr_22_what_is_decided_on_is_the_described_target_read_as_strictly_as_any() {
    let house = house(DOOR);
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    for target in [
        "/public/../admin/x",
        "/public/%2e%2e/admin/x",
        "/public//x",
        "/public%2f..%2fadmin",
        "/public\\..\\admin",
        "/public;/../admin",
        "/ADMIN/x",
        "/_doorward/me",
    ] {
        for (path, answer) in house.all(&Asked::get("app.test", target, &[&bob])) {
            assert!(
                (400..=421).contains(&answer.status),
                "{path} {target}: {}",
                answer.status
            );
            assert_ne!(answer.status, 401, "{path} {target}");
        }
    }
    // The proxy's description counts, and not what the client wrote of its own.
    for (path, answer) in [
        (
            "twice",
            house.nginx(
                "/_doorward/authz/auth-request",
                &Asked::get(
                    "app.test",
                    "/admin/x",
                    &[&bob, "X-Original-URL: http://open.test/"],
                ),
            ),
        ),
        (
            "another kind",
            house.nginx(
                "/_doorward/authz/auth-request",
                &Asked::get(
                    "app.test",
                    "/admin/x",
                    &[&bob, "X-Forwarded-Uri: /public/x"],
                ),
            ),
        ),
    ] {
        assert_eq!(answer.status, 403, "{path}");
    }
    for host in ["evil.test", "localhost"] {
        for (path, answer) in house.all(&Asked::get(host, "/", &[&bob])) {
            assert!(
                (400..=421).contains(&answer.status),
                "{path} {host}: {}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn a_sign_in_begins_at_an_address_and_leads_back_to_our_own_hosts_only() {
    let house = house(DOOR);
    let here = |target: &str| house.get("app.test", target, &["Accept: text/html"]);
    let port = house.server.port();
    for path in ["/_doorward/sign-in", "/oauth2/sign_in", "/oauth2/start"] {
        let answer = here(&format!("{path}?rd=/x%3Fy"));
        assert_eq!(answer.status, 303, "{path}");
        let location = answer.headers.first("location").unwrap();
        assert!(location.contains("/login/route?start="), "{location}");
        let answer = here(&format!("{path}?rd=http%3A%2F%2Fopen.test%3A{port}%2Fx"));
        assert_eq!(
            answer.headers.first("location").unwrap(),
            format!("http://open.test:{port}/_doorward/sign-in?rd=%2Fx")
        );
        for rd in [
            "http://evil.test/",
            "//evil.test/",
            "/\\evil.test",
            "https://open.test/",
            "http://open.test:1/",
            "http://open.test@evil.test/",
            "javascript:alert(1)",
        ] {
            let rd: String = url::form_urlencoded::byte_serialize(rd.as_bytes()).collect();
            let answer = here(&format!("{path}?rd={rd}"));
            assert_eq!(answer.status, 400, "{path} {rd}");
            assert!(answer.headers.first("location").is_none());
        }
    }
    let mut browser = Browser::new(&house.server);
    let url = house
        .server
        .url_at("app.test", "/oauth2/sign_in?rd=/public/back");
    let page = browser.sign_in(url, "bob", BOB).await;
    assert_eq!(page.url.path(), "/public/back");
    let cookies = browser.cookies("app.test").unwrap();
    let told = house.get("app.test", "/oauth2/userinfo", &[&cookie(&cookies)]);
    let told: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["preferredUsername"], "bob");
    let nobody = house.get("app.test", "/oauth2/userinfo", &[]);
    assert_eq!(nobody.status, 401);
}
