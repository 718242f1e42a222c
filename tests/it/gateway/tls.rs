//! TLS and HTTP/2 in front.

use http::{HeaderMap, Method};

use super::routes;
use crate::support::server::ADA;
use crate::support::{Browser, Recorder, Setup, wire};

fn start(upstream: &Recorder) -> crate::support::Doorward {
    Setup::tls()
        .with(&routes(&upstream.url()))
        .ada_and_bob()
        .start()
}

#[tokio::test]
async fn http_2_signs_in_and_forwards_with_the_same_headers() {
    let upstream = Recorder::start();
    let server = start(&upstream);
    let mut browser = Browser::http2(&server);
    let page = browser
        .sign_in(server.url_at("app.test", "/x?y"), "ada", ADA)
        .await;
    assert_eq!((page.status, page.body.as_str()), (200, "seen"));
    let seen = upstream.last();
    assert_eq!(seen.target, "/x?y");
    assert_eq!(seen.headers.all("x-auth-user"), ["ada"]);
    assert_eq!(seen.headers.all("x-forwarded-proto"), ["https"]);
    let host = format!("app.test:{}", server.port());
    assert_eq!(seen.headers.all("host"), [host]);
    assert!(!seen.contains("__Host-doorward"));
}

#[tokio::test]
async fn hdr_02_forged_headers_over_http_2_are_replaced() {
    let upstream = Recorder::start();
    let server = start(&upstream);
    let mut browser = Browser::http2(&server);
    browser
        .sign_in(server.url_at("app.test", "/"), "ada", ADA)
        .await;
    upstream.forget();
    let mut forged = HeaderMap::new();
    for name in [
        "x-auth-user",
        "x_auth_user",
        "http_x_auth_user",
        "x-forwarded-for",
    ] {
        forged.insert(name, "mallory".parse().unwrap());
    }
    browser
        .fetch(Method::GET, server.url_at("app.test", "/"), &forged)
        .await;
    let seen = upstream.only();
    assert!(!seen.contains("mallory"), "{seen:?}");
    assert_eq!(seen.headers.all("x-auth-user"), ["ada"]);
}

#[tokio::test]
async fn http_2_paths_are_normalised_too() {
    let upstream = Recorder::start();
    let server = start(&upstream);
    let browser = Browser::http2(&server);
    for path in [
        "/public/%2e%2e%2fadmin",
        "/ADMIN/x",
        "/public/%252e",
        "/public//x",
    ] {
        let url = server.url_at("app.test", path);
        let answer = browser.client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(answer.version(), http::Version::HTTP_2);
    }
    upstream.saw_nothing();
    let url = server.url_at("app.test", "/%70ublic/x");
    assert_eq!(
        browser.client().get(url).send().await.unwrap().status(),
        200
    );
    assert_eq!(upstream.only().target, "/public/x");
}

#[tokio::test]
async fn http_1_1_over_tls_works_beside_it() {
    let upstream = Recorder::start();
    let server = start(&upstream);
    let authority = server.authority().unwrap();
    let answer = wire::exchange_tls(
        server.port(),
        &authority,
        "open.test",
        b"GET / HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn plain_bytes_at_a_tls_port_get_no_answer_and_harm_nobody() {
    let upstream = Recorder::start();
    let server = start(&upstream);
    let answer = wire::exchange(server.port(), b"GET / HTTP/1.1\r\nHost: open.test\r\n\r\n");
    assert!(answer.is_none_or(|answer| answer.status == 0));
    let browser = Browser::http2(&server);
    let url = server.url_at("open.test", "/");
    assert_eq!(
        browser.client().get(url).send().await.unwrap().status(),
        200
    );
}
