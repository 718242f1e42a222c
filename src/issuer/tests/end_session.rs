//! RP-initiated logout: who is signed out, and where the browser goes.

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};

use super::browser::{Answer, Browser};
use super::world::*;

const LOGOUT: &str = "/production/oidc/connect/logout";
const BYE: &str = "https://c1.test/bye";

/// A browser in which alice uses c1, and the tokens c1 has.
async fn in_use(world: &World) -> (Browser<'_>, serde_json::Value) {
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let tokens = world.redeem("c1", &code).await.json();
    (browser, tokens)
}

fn hint(tokens: &serde_json::Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

async fn logout(browser: &mut Browser<'_>, parameters: &[(&str, &str)]) -> Answer {
    browser
        .get(&format!("{LOGOUT}?{}", encode(parameters)))
        .await
}

async fn is_here(browser: &mut Browser<'_>) -> bool {
    let answer = browser.authorize("c1", &[("prompt", "none")]).await;
    answer.sent_to(C1_CB).contains_key("code")
}

/// Follows the way to the confirmation page, checks that it is one, and gives it.
async fn asked(browser: &mut Browser<'_>, answer: Answer) -> Answer {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let path = answer.location().to_owned();
    assert!(
        path.starts_with("/production/oidc/connect/logout/confirm?r="),
        "{path}"
    );
    let page = browser.get(&path).await;
    assert!(
        page.body.contains("id=\"logout-confirm-page\""),
        "{}",
        page.body
    );
    page
}

#[tokio::test]
async fn out_03_a_good_hint_and_address_end_everything_and_lead_back() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
        ("state", "s&t=1"),
    ];
    let answer = logout(&mut browser, &parameters).await;
    assert_eq!(answer.sent_to("https://c1.test/bye?")["state"], "s&t=1");
    assert!(!is_here(&mut browser).await);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        world.refresh("c1", refresh).await.json()["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn without_state_none_is_sent_and_without_an_address_the_page_says_so() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
    ];
    assert_eq!(logout(&mut browser, &parameters).await.location(), BYE);

    let (mut browser, tokens) = in_use(&world).await;
    let answer = logout(&mut browser, &[("id_token_hint", hint(&tokens))]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("id=\"logged-out\""));
    assert!(!is_here(&mut browser).await);
}

#[tokio::test]
async fn a_posted_request_does_the_same_although_its_cookies_come_late() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let form = encode(&[
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
        ("state", "x"),
    ]);
    // As from another site: without the cookies.
    let post = Request::post(LOGOUT).header(CONTENT_TYPE, FORM);
    let answer = world.send(post.header("accept", "text/html"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let path = answer.location().to_owned();
    assert!(path.starts_with("/production/oidc/connect/logout?r=") && !path.contains("e30"));
    assert!(is_here(&mut browser).await);
    let answer = browser.get(&path).await;
    assert_eq!(answer.sent_to("https://c1.test/bye?")["state"], "x");
    assert!(!is_here(&mut browser).await);
}

#[tokio::test]
async fn out_01_an_address_that_is_not_registered_is_never_redirected_to() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    for uri in [
        "https://evil.test/",
        "https://c1.test/bye/",
        "https://c1.test/bye?x=1",
        "https://c1.test/bye#",
        "https://c1.test@evil.test/bye",
        "HTTPS://c1.test/bye",
        "https://c2.test/bye",
        "https://c1.test/cb",
        "//c1.test/bye",
        "javascript:alert(1)",
        "https://c1.test/bye\r\nX: y",
    ] {
        let parameters = [
            ("id_token_hint", hint(&tokens)),
            ("post_logout_redirect_uri", uri),
        ];
        logout(&mut browser, &parameters).await.assert_local();
    }
    assert!(is_here(&mut browser).await);
}

#[tokio::test]
async fn out_02_a_link_that_proves_nothing_asks_and_does_not_lead_away() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let bobs = world.tokens_for("bob", "c1").await;
    let good = hint(&tokens);
    let none = format!(
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.",
        good.split('.').nth(1).unwrap()
    );
    let access = tokens["access_token"].as_str().unwrap();
    let away = ("post_logout_redirect_uri", BYE);
    for parameters in [
        vec![],
        vec![("state", "x")],
        vec![away],
        vec![away, ("client_id", "c1")],
        vec![away, ("id_token_hint", "junk")],
        vec![away, ("id_token_hint", &none)],
        vec![away, ("id_token_hint", access)],
        vec![away, ("id_token_hint", hint(&bobs))],
    ] {
        let answer = logout(&mut browser, &parameters).await;
        asked(&mut browser, answer).await;
        assert!(is_here(&mut browser).await, "{parameters:?}");
    }
    // An unproven address is never led to; at most, a registered one is offered.
    for (parameters, offered) in [
        (vec![away, ("client_id", "c1"), ("state", "x")], true),
        (vec![away], false),
        (vec![away, ("client_id", "c2")], false),
        (vec![away, ("client_id", "nobody")], false),
        (
            vec![away, ("client_id", "c1"), ("id_token_hint", &none)],
            false,
        ),
    ] {
        browser.sign_in("alice").await;
        let answer = logout(&mut browser, &parameters).await;
        let page = asked(&mut browser, answer).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self';"), "{policy}");
        let done = browser.press(&page, None).await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.body.contains("id=\"logged-out\""), "{}", done.body);
        let link = "href=\"https://c1.test/bye?state=x\"";
        assert_eq!(done.body.contains(link), offered, "{parameters:?}");
        assert!(!done.body.contains("data-continues") && !done.body.contains("http-equiv"));
        assert!(!is_here(&mut browser).await);
    }
}

#[tokio::test]
async fn a_hint_at_somebody_else_asks_although_the_session_is_right() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let with = |who| [("id_token_hint", hint(&tokens)), ("logout_hint", who)];
    for other in ["bob", "alice@elsewhere.test", "ALICE"] {
        let answer = logout(&mut browser, &with(other)).await;
        asked(&mut browser, answer).await;
        assert!(is_here(&mut browser).await, "{other}");
    }
    let long = "x".repeat(257);
    logout(&mut browser, &with(&long)).await.assert_local();
    let answer = logout(&mut browser, &with("alice@corp.test")).await;
    assert!(answer.body.contains("id=\"logged-out\""), "{}", answer.body);
}

#[tokio::test]
async fn a_state_comes_back_as_it_was_however_long_it_may_be() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let state = "~s&t=%20é+/".repeat(8) + &"s".repeat(40);
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
        ("state", &state),
        ("ui_locales", "de fr-CA"),
    ];
    let answer = logout(&mut browser, &parameters).await;
    assert_eq!(answer.sent_to("https://c1.test/bye?")["state"], state);
}

#[tokio::test]
async fn a_hint_of_an_earlier_session_asks_and_then_leads_back() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    browser.sign_in("alice").await;
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
        ("state", "x"),
    ];
    let answer = logout(&mut browser, &parameters).await;
    let page = asked(&mut browser, answer).await;
    assert!(page.body.contains("App c1"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://c1.test;"));
    let done = browser.press(&page, None).await;
    assert_eq!(done.sent_to("https://c1.test/bye?")["state"], "x");
    assert!(!is_here(&mut browser).await);
}

#[tokio::test]
async fn an_expired_hint_about_this_very_session_is_good() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    world.clock.advance(std::time::Duration::from_hours(3));
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
    ];
    assert_eq!(logout(&mut browser, &parameters).await.location(), BYE);
}

#[tokio::test]
async fn confirming_takes_a_form_of_our_own() {
    let world = world().await;
    let (mut browser, _) = in_use(&world).await;
    let path = format!("{LOGOUT}/confirm");
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
    assert!(is_here(&mut browser).await);
}

#[tokio::test]
async fn somebody_who_is_signed_out_already_is_sent_on() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    browser.forget("__Host-doorward");
    let parameters = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", BYE),
    ];
    assert_eq!(logout(&mut browser, &parameters).await.location(), BYE);
    let answer = logout(&mut browser, &[]).await;
    assert!(answer.body.contains("id=\"logged-out\""));
}

#[tokio::test]
async fn a_parameter_twice_or_another_client_is_a_mistake() {
    let world = world().await;
    let (mut browser, tokens) = in_use(&world).await;
    let twice = [("state", "a"), ("state", "b")];
    logout(&mut browser, &twice).await.assert_local();
    let mixed = [("id_token_hint", hint(&tokens)), ("client_id", "c2")];
    logout(&mut browser, &mixed).await.assert_local();
}

#[tokio::test]
async fn a_request_that_nobody_answered_for_an_hour_has_to_be_made_anew() {
    let world = world().await;
    let (mut browser, _) = in_use(&world).await;
    let answer = logout(&mut browser, &[]).await;
    let path = answer.location().to_owned();
    let page = asked(&mut browser, answer).await;
    world.clock.advance(std::time::Duration::from_hours(1));
    assert_eq!(browser.get(&path).await.status, StatusCode::BAD_REQUEST);
    let late = browser.press(&page, None).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "{}", late.body);
    assert!(is_here(&mut browser).await);
}
