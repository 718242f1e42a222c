//! Which forms are taken.

use http::header::COOKIE;
use http::{Method, StatusCode};

use super::*;

/// The form of the page, and what its browser sends along.
struct Filled {
    cookie: String,
    body: String,
}

impl Filled {
    async fn from(router: &Router) -> Self {
        let (cookie, token) = open(router).await;
        let body = format!("csrf={token}&text=hi");
        Self { cookie, body }
    }

    fn sent(&self) -> Ask {
        let sent = ask(Method::POST, "/note").form(&self.body);
        sent.with("cookie", &self.cookie)
    }
}

async fn all_refused(router: &Router, bad: Vec<(&str, Ask)>) {
    for (what, sent) in bad {
        let response = sent.of(router).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{what}");
        let page = text(response).await;
        assert!(
            page.contains("id=\"error-page\"") && page.contains("href=\"/note\""),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_form_with_cookie_and_token_is_taken_from_our_own_origin() {
    let router = router(&kit());
    let own = Filled::from(&router).await;
    let good = || own.sent();
    for sent in [
        good(),
        good().with("origin", ORIGIN),
        good()
            .with("origin", ORIGIN)
            .with("sec-fetch-site", "same-origin"),
        good().with("referer", "https://auth.test/note"),
    ] {
        let response = sent.of(&router).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, "hi");
    }
}

#[tokio::test]
async fn web_01_a_form_is_taken_only_with_cookie_and_token_of_one_browser() {
    let router = router(&kit());
    let (own, other) = (Filled::from(&router).await, Filled::from(&router).await);
    let post = || ask(Method::POST, "/note");
    let bad = vec![
        (
            "no token",
            post().form("text=hi").with("cookie", &own.cookie),
        ),
        ("no cookie", post().form(&own.body)),
        (
            "another browser's cookie",
            post().form(&own.body).with("cookie", &other.cookie),
        ),
        (
            "another browser's token",
            post().form(&other.body).with("cookie", &own.cookie),
        ),
        ("two cookies", own.sent().with("cookie", &other.cookie)),
    ];
    all_refused(&router, bad).await;
}

#[tokio::test]
async fn web_01_a_form_is_taken_only_from_our_own_origin() {
    let router = router(&kit());
    let own = Filled::from(&router).await;
    let good = || own.sent();
    let bad = vec![
        (
            "a foreign origin",
            good().with("origin", "https://evil.test"),
        ),
        ("a null origin", good().with("origin", "null")),
        (
            "our origin without TLS",
            good().with("origin", "http://auth.test"),
        ),
        (
            "our origin at another port",
            good().with("origin", "https://auth.test:8443"),
        ),
        (
            "a longer host",
            good().with("origin", "https://auth.test.evil.test"),
        ),
        (
            "two origins",
            good()
                .with("origin", ORIGIN)
                .with("origin", "https://evil.test"),
        ),
        ("a sibling site", good().with("sec-fetch-site", "same-site")),
        (
            "another site",
            good()
                .with("origin", ORIGIN)
                .with("sec-fetch-site", "cross-site"),
        ),
        (
            "a referer without TLS",
            good().with("referer", "http://auth.test/note"),
        ),
        (
            "a foreign referer",
            good().with("referer", "https://auth.test.evil.test/"),
        ),
    ];
    all_refused(&router, bad).await;
}

#[tokio::test]
async fn a_token_for_one_purpose_is_no_good_for_another() {
    let kit = kit();
    let router = router(&kit);
    let browser = Browser::fresh(&kit).unwrap();
    let cookie = browser.set_cookie();
    let post = |token: String| {
        ask(Method::POST, "/note")
            .form(&format!("csrf={token}"))
            .with(COOKIE.as_str(), cookie.split(';').next().unwrap())
    };
    let own = post(browser.token(&kit, "note")).of(&router).await;
    assert_eq!(own.status(), StatusCode::OK);
    for purpose in ["logout", "notes", ""] {
        let response = post(browser.token(&kit, purpose)).of(&router).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{purpose}");
    }
}

#[tokio::test]
async fn a_form_of_another_type_or_size_or_with_a_field_twice_is_refused() {
    let router = router(&kit());
    let (cookie, token) = open(&router).await;
    let json = ask(Method::POST, "/note")
        .with("content-type", "text/plain")
        .with("cookie", &cookie);
    assert_eq!(
        json.of(&router).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let none = ask(Method::POST, "/note").with("cookie", &cookie);
    assert_eq!(
        none.of(&router).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    for (body, status) in [
        (
            format!("csrf={token}&text=1&text=2"),
            StatusCode::BAD_REQUEST,
        ),
        (format!("csrf={token}&text=%ff"), StatusCode::BAD_REQUEST),
        (
            format!("csrf={token}&text={}", "x".repeat(64 * 1024)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let sent = ask(Method::POST, "/note")
            .form(&body)
            .with("cookie", &cookie);
        assert_eq!(sent.of(&router).await.status(), status);
    }
}
