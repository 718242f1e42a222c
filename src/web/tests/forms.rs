//! Which forms are taken.

use http::header::COOKIE;
use http::{Method, StatusCode};

use super::*;

#[tokio::test]
async fn web_01_a_form_is_taken_only_with_cookie_and_token_and_from_our_own_origin() {
    let router = router(&kit());
    let (cookie, token) = open(&router).await;
    let body = format!("csrf={token}&text=hi");
    let good = || {
        ask(Method::POST, "/note")
            .form(&body)
            .with("cookie", &cookie)
    };

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
    let (other_cookie, other_token) = open(&router).await;
    let other = format!("csrf={other_token}&text=hi");
    for (what, sent) in [
        (
            "no token",
            ask(Method::POST, "/note")
                .form("text=hi")
                .with("cookie", &cookie),
        ),
        ("no cookie", ask(Method::POST, "/note").form(&body)),
        (
            "another browser's cookie",
            ask(Method::POST, "/note")
                .form(&body)
                .with("cookie", &other_cookie),
        ),
        (
            "another browser's token",
            ask(Method::POST, "/note")
                .form(&other)
                .with("cookie", &cookie),
        ),
        ("two cookies", good().with("cookie", &other_cookie)),
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
    ] {
        let response = sent.of(&router).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{what}");
        let page = text(response).await;
        assert!(
            page.contains("id=\"error-page\"") && page.contains("href=\"/note\""),
            "{what}"
        );
    }
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
