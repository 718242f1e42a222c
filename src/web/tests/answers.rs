//! What every answer carries.

use http::{Method, StatusCode};

use super::*;

#[tokio::test]
async fn web_04_every_answer_of_the_site_refuses_frames() {
    let router = router(&kit());
    let asset = assets::CSS.url("");
    for (method, path) in [
        (Method::GET, "/note"),
        (Method::POST, "/note"),
        (Method::PUT, "/note"),
        (Method::GET, "/query?a=%ff"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/panic"),
        (Method::GET, "/assets/nothing.css"),
        (Method::GET, &asset),
    ] {
        let response = ask(method.clone(), path).of(&router).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{method} {path}");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-frame-options"], "DENY", "{method} {path}");
        assert_eq!(
            headers["x-content-type-options"], "nosniff",
            "{method} {path}"
        );
        assert!(headers.contains_key("strict-transport-security"));
        assert!(headers.contains_key("referrer-policy"));
        let kept = headers["cache-control"].to_str().unwrap();
        assert_eq!(kept == "no-store", path != asset, "{method} {path}: {kept}");
    }
}

#[tokio::test]
async fn only_a_page_on_the_way_to_an_app_lets_forms_lead_there_and_keeps_its_opener() {
    let router = router(&kit());
    let page = ask(Method::GET, "/note").of(&router).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://shop.test;"),
        "{policy}"
    );
    assert!(!page.headers().contains_key("cross-origin-opener-policy"));
    let other = ask(Method::GET, "/nowhere").of(&router).await;
    let policy = other.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
    assert_eq!(other.headers()["cross-origin-opener-policy"], "same-origin");
}

#[tokio::test]
async fn a_fault_is_a_page_for_people_and_json_for_programs() {
    let router = router(&kit());
    let page = ask(Method::GET, "/panic").of(&router).await;
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = text(page).await;
    assert!(
        page.contains("id=\"error-page\"") && page.contains("req-1"),
        "{page}"
    );
    assert!(!page.contains("as asked"), "the cause stays in the log");

    let fetched = ask(Method::GET, "/nowhere")
        .with("sec-fetch-mode", "cors")
        .of(&router)
        .await;
    assert_eq!(fetched.headers()["content-type"], "application/json");
    let json: serde_json::Value = serde_json::from_str(&text(fetched).await).unwrap();
    assert_eq!(json["error"], "not_found");
    assert_eq!(json["request_id"], "req-1");
}

#[tokio::test]
async fn web_05_markup_in_an_error_or_a_denial_is_text() {
    let kit = kit();
    let evil = "\"><script>alert(1)</script>'";
    let id = RequestId::new(evil);
    let error = ErrorPage::new(StatusCode::BAD_REQUEST, evil, evil, evil)
        .advice(evil)
        .link(evil, evil);
    let denied = Denied {
        host: evil,
        who: Some(evil),
        why: evil,
        reason: evil,
        tell: Some(evil),
        switch_url: Some(evil),
        logout_url: evil,
    };
    for (_, headers, bytes) in [
        render_error(&kit, &error, &id, true),
        render_denied(&kit, &denied, &id, true),
    ] {
        let page = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!page.contains("<script>"), "{page}");
        assert!(
            page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"),
            "{page}"
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src https://auth.test;"), "{policy}");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn the_assets_a_page_names_are_served_for_ever() {
    let kit = kit();
    let router = router(&kit);
    let shell = kit.shell();
    for url in [&shell.css, &shell.js, &shell.icon] {
        let response = ask(Method::GET, url).of(&router).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        assert_eq!(
            response.headers()["cache-control"],
            "public, max-age=31536000, immutable"
        );
        assert!(!text(response).await.is_empty());
    }
    assert!(
        kit.shell_elsewhere()
            .css
            .starts_with("https://auth.test/assets/")
    );
}
