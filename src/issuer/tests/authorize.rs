//! `/connect/authorize`: who may ask, for what, and where the answer goes.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{Request, StatusCode};

use super::browser::Answer;
use super::world::*;

#[tokio::test]
async fn a_signed_in_person_gets_the_client_its_code() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[]).await;
    let sent = answer.sent_to("https://c1.test/cb?");
    assert_eq!(sent["state"], "st-1");
    assert_eq!(sent["iss"], "https://gw.test/production/oidc");
    assert!(sent["code"].starts_with("dw_code_"));
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn auz_01_auz_02_auz_03_an_address_that_is_not_registered_is_never_redirected_to() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    for uri in [
        "https://c1.test/cb/",
        "https://c1.test/cb?x=1",
        "https://c1.test/cb?",
        "https://c1.test/cb#f",
        "https://c1.test/CB",
        "HTTPS://C1.TEST/cb",
        "https://C1.test/cb",
        "https://c1.test:443/cb",
        "http://c1.test/cb",
        "https://c1.test./cb",
        "https://c1xtest/cb",
        " https://c1.test/cb",
        "https://c1.test/cb ",
        "https://c1.test/cb/../x",
        "https://c1.test/x/../cb",
        "https://c1.test/cb/..;/x",
        "https://c1.test/cb%2f..%2fx",
        "https://c1.test/cb%252f..",
        "https://c1.test/cb//x",
        "https://c1.test//cb",
        "https://c1.test/cb\\x",
        "https://c1.test/%63b",
        "https://c1.test@evil.test/cb",
        "https://evil.test#@c1.test/cb",
        "https://c1.test.evil.test/cb",
        "https://c1.test%2eevil.test/cb",
        "https://c1\u{3002}test/cb",
        "//c1.test/cb",
        "ht\ntps://c1.test/cb",
        "https://c1.test/cb\r\nX: y",
        "https://c2.test/cb",
        "javascript:alert(1)",
        "/cb",
    ] {
        let answer = browser.authorize("c1", &[("redirect_uri", uri)]).await;
        answer.assert_local();
    }
}

#[tokio::test]
async fn auz_05_without_a_known_client_and_a_registered_address_the_error_stays_here() {
    let world = world_with(|clients| {
        clients[0]
            .redirect_uris
            .push("https://c1.test/other".to_owned());
        clients[1].disabled = true;
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    for (client, more) in [
        ("nobody", ("redirect_uri", C1_CB)),
        ("c1", ("redirect_uri", "")),
        ("c1", ("client_id", "")),
        ("c1", ("client_id", "C1")),
        ("c1", ("redirect_uri", "https://evil.test/cb")),
        // Switched off, and of another issuer.
        ("c2", ("state", "x")),
        ("b1", ("state", "x")),
    ] {
        browser.authorize(client, &[more]).await.assert_local();
    }
}

#[tokio::test]
async fn auz_05_a_client_with_one_address_must_name_it_too() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    browser
        .authorize("c1", &[("redirect_uri", "")])
        .await
        .assert_local();
}

#[tokio::test]
async fn auz_07_a_parameter_that_comes_twice_stays_here() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    for (name, value) in [
        ("redirect_uri", C1_CB),
        ("redirect_uri", "https://evil.test/cb"),
        ("client_id", "c1"),
        ("scope", "openid"),
        ("state", "other"),
        ("response_type", "code"),
        ("nonce", ""),
        ("foo", "bar"),
    ] {
        let twice = encode(&[(name, value), (name, value)]);
        let query = format!("{}&{twice}", request("c1", &[]));
        let path = format!("{PROD}/connect/authorize?{query}");
        browser.get(&path).await.assert_local();

        // Once in the query and once in the form.
        let path = format!("{PROD}/connect/authorize?{}", encode(&[(name, value)]));
        let form = format!("{}&{}", request("c1", &[]), encode(&[(name, value)]));
        let post = Request::post(path).header(CONTENT_TYPE, FORM);
        browser.send(post, form).await.assert_local();
    }
}

#[tokio::test]
async fn a_posted_request_goes_the_same_way_as_one_in_the_query() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
    let answer = browser.send(post, request("c1", &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let resume = answer.location().to_owned();
    assert!(resume.starts_with("/production/oidc/connect/authorize/resume?r="));
    let sent = browser.get(&resume).await;
    assert_eq!(sent.sent_to("https://c1.test/cb?")["state"], "st-1");
}

#[tokio::test]
async fn what_is_not_understood_goes_back_to_the_client_with_its_state() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let beyond = "x".repeat(4097);
    for (more, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "code code"), "unsupported_response_type"),
        (("response_mode", "cookie"), "invalid_request"),
        (("request", "e30.e30."), "invalid_request_object"),
        (
            ("request_uri", "https://c1.test/r"),
            "request_uri_not_supported",
        ),
        (("scope", "openid \"x"), "invalid_scope"),
        (("scope", "nothing-known"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "sometimes"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("id_token_hint", "e30.e30.x"), "invalid_request"),
        (("nonce", &beyond), "invalid_request"),
    ] {
        let answer = browser.authorize("c1", &[more]).await;
        let sent = answer.sent_to("https://c1.test/cb?");
        assert_eq!(sent["error"], error, "{more:?}");
        assert_eq!(sent["state"], "st-1");
        assert_eq!(sent["iss"], "https://gw.test/production/oidc");
        assert!(!sent.contains_key("code"));
    }
}

#[tokio::test]
async fn parameters_that_are_not_ours_change_nothing() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    for more in [
        ("extra", "foobar"),
        ("display", "popup"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("acr_values", "1 2"),
        ("claims", r#"{"userinfo":{"name":{"essential":true}}}"#),
        ("login_hint", "bob"),
        ("scope", "openid scope-of-nobody"),
        ("response_mode", "query"),
    ] {
        let answer = browser.authorize("c1", &[more]).await;
        assert!(answer.sent_to(C1_CB).contains_key("code"), "{more:?}");
    }
}

#[tokio::test]
async fn auz_11_state_comes_back_exactly_and_adds_nothing() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    for state in [
        "&code=evil&iss=x",
        "a b+c%20\"<>'",
        "\r\nSet-Cookie: a=b",
        "\u{10d}\u{1f600}\u{2028}",
        &"s".repeat(4096),
    ] {
        let answer = browser.authorize("c1", &[("state", state)]).await;
        let sent = answer.sent_to("https://c1.test/cb?");
        assert_eq!(sent["state"], state);
        assert_eq!(sent.len(), 3);
    }
    let stateless = browser.authorize("c1", &[("state", "")]).await;
    assert!(!stateless.sent_to(C1_CB).contains_key("state"));
    let long = "s".repeat(4097);
    let answer = browser.authorize("c1", &[("state", &long)]).await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn a_registered_query_is_kept_and_no_other_is_taken() {
    let world = world_with(|clients| {
        clients[0].redirect_uris = vec!["https://c1.test/cb?foo=bar".to_owned()];
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let mut with = async |uri| browser.authorize("c1", &[("redirect_uri", uri)]).await;
    let sent = with("https://c1.test/cb?foo=bar").await;
    assert_eq!(sent.sent_to("https://c1.test/cb?foo=bar&")["foo"], "bar");
    for other in [
        "https://c1.test/cb",
        "https://c1.test/cb?foo=baz",
        "https://c1.test/cb?foo=bar&a=b",
    ] {
        with(other).await.assert_local();
    }
}

#[tokio::test]
async fn tok_19_a_scope_of_somebody_else_is_refused() {
    let world = world_with(|clients| clients[0].scopes = ["openid"].into_iter().collect()).await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[("scope", "openid email")]).await;
    assert_eq!(answer.error(), "invalid_scope");
}

#[tokio::test]
async fn web_15_no_answer_asks_the_browser_to_post_again() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
    let answer = browser
        .send(post, request("c1", &[("response_type", "x")]))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.headers.contains_key(LOCATION));
}

#[tokio::test]
async fn an_answer_in_a_form_goes_to_the_registered_address_and_says_the_same() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let fields = |page: &Answer| -> BTreeMap<String, String> {
        let html = scraper::Html::parse_document(&page.body);
        let hidden = scraper::Selector::parse("form[action='https://c1.test/cb'] input").unwrap();
        let attr = |input: &scraper::ElementRef<'_>, name| input.attr(name).unwrap().to_owned();
        let inputs = html.select(&hidden);
        inputs
            .map(|input| (attr(&input, "name"), attr(&input, "value")))
            .collect()
    };
    let state = "\"><script>alert(1)</script>&x=1";
    let asked = [("response_mode", "form_post"), ("state", state)];
    let page = browser.authorize("c1", &asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(!page.body.contains("<script>alert"));
    let sent = fields(&page);
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!(sent["state"], state);
    assert_eq!(sent["iss"], "https://gw.test/production/oidc");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://c1.test;"),
        "{policy}"
    );
    assert_eq!(page.headers["cache-control"], "no-store");
    let redeemed = world.redeem("c1", &sent["code"]).await;
    assert_eq!(redeemed.status, StatusCode::OK, "{}", redeemed.body);

    let refused = [("response_mode", "form_post"), ("response_type", "none")];
    let page = browser.authorize("c1", &refused).await;
    assert_eq!(fields(&page)["error"], "unsupported_response_type");
    let nobody = [("response_mode", "form_post"), ("prompt", "none")];
    let page = world.browser().authorize("c1", &nobody).await;
    assert_eq!(fields(&page)["error"], "login_required");
}
