//! What browsers and crawlers do beside the protocol: other methods, other bodies, and what leaves
//! with an address.

use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};

use super::world::*;

async fn here(browser: &mut super::browser::Browser<'_>) -> bool {
    let answer = browser.authorize("c1", &[("prompt", "none")]).await;
    answer.sent_to(C1_CB).contains_key("code")
}

#[tokio::test]
async fn web_14_nothing_of_an_address_that_holds_a_code_or_token_is_told_on() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[]).await;
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    let code = answer.sent_to(C1_CB)["code"].clone();
    let tokens = world.redeem("c1", &code).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let logout = |more: &[(&str, &str)]| {
        let mut query = vec![("id_token_hint", hint)];
        query.extend(more);
        format!("{PROD}/connect/logout?{}", encode(&query))
    };
    let away = ("post_logout_redirect_uri", "https://evil.test/");
    let refused = browser.get(&logout(&[away])).await;
    let done = browser.get(&logout(&[])).await;
    for page in [refused, done] {
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
        for foreign in ["src=\"http", "href=\"http", hint] {
            assert!(!page.body.contains(foreign), "{foreign}: {}", page.body);
        }
    }
    // A token in a query is no token.
    let access = tokens["access_token"].as_str().unwrap();
    let query = encode(&[("access_token", access)]);
    let request = Request::get(format!("{PROD}/connect/userinfo?{query}"));
    let answer = world.send(request, String::new()).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
}

#[tokio::test]
async fn web_16_another_method_or_body_has_no_effect() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let tokens = world.redeem("c1", &code).await.json();
    let hint = ("id_token_hint", tokens["id_token"].as_str().unwrap());
    let query = encode(&[hint]);
    let logout = format!("{PROD}/connect/logout");
    for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request::builder().method(method.clone());
        let request = request.uri(format!("{logout}?{query}"));
        let answer = browser.send(request, String::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    for path in [
        "/connect/token",
        "/connect/revoke",
        "/connect/authorize/consent",
    ] {
        let answer = browser.get(&format!("{PROD}{path}?{query}")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    let body = serde_json::json!({ "id_token_hint": hint.1 }).to_string();
    for kind in ["text/plain", "application/json", "multipart/form-data"] {
        for path in [
            &logout,
            &format!("{PROD}/connect/token"),
            &format!("{logout}/confirm"),
        ] {
            let request = Request::post(path).header(CONTENT_TYPE, kind);
            let answer = browser.send(request, body.clone()).await;
            let refused = [400, 403, 415].contains(&answer.status.as_u16());
            assert!(refused, "{path} {kind}: {}", answer.status);
        }
    }
    let answer = browser
        .get(&format!("{PROD}/connect/logout?_method=DELETE"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(here(&mut browser).await);
}

#[tokio::test]
async fn web_16_whoever_only_looks_at_the_authorization_endpoint_is_given_nothing() {
    let world = world().await;
    let mut browser = world.browser();
    let path = format!("{PROD}/connect/authorize?{}", request("c1", &[]));
    let login = browser.get(&path).await;
    assert!(login.location().starts_with("/login?i="));
    let mut posted = world.signed_in("alice").await;
    let resume = format!("{PROD}/connect/authorize");
    let form = Request::post(&resume).header(CONTENT_TYPE, FORM);
    let resume = posted.send(form, request("c1", &[])).await;
    let resume = resume.location().to_owned();
    for path in [&path, &resume] {
        let answer = posted.send(Request::head(path), String::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert!(!world.audited("code_issued"));
    posted.get(&resume).await.sent_to(C1_CB);
    assert!(world.audited("code_issued"));
}
