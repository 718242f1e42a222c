//! What a person is asked by a client that changed, and has allowed it.

use super::super::browser::Browser;
use super::*;

#[tokio::test]
async fn what_is_asked_of_a_person_shrinks_with_the_client() {
    let world = changing().await;
    world
        .changed(|client| client.consent = ConsentPolicy::Always)
        .await;
    let mut browser = world.signed_in("alice").await;
    let asked = [("scope", ALL), ("claims", r#"{"userinfo":{"name":null}}"#)];
    let page = browser.authorize("k1", &asked).await;
    assert!(page.body.contains("e-mail address"), "{}", page.body);
    world.left("openid").await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    let code = &answer.sent_to(K_CB)["code"];
    let tokens = world.redeem("k1", code).await.json();
    assert_eq!(tokens["scope"], "openid");
    let userinfo = world.userinfo(text(&tokens, "access_token")).await;
    assert_eq!(userinfo.json(), json!({ "sub": "u-alice" }));

    let page = browser.authorize("k1", &[("scope", "openid")]).await;
    world.left("email").await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    assert_eq!(answer.sent_to(K_CB)["error"], "invalid_scope");
}

#[tokio::test]
async fn a_request_on_its_way_begins_anew_when_its_client_is_held_to_something_else() {
    let world = changing().await;
    world
        .changed(|client| client.consent = ConsentPolicy::Always)
        .await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("k1", &[]).await;
    world
        .changed(|client| client.security.require_par = true)
        .await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    assert_eq!(answer.sent_to(K_CB)["error"], "invalid_request");
}

/// K1, which is remembered once it was allowed, and Alice, who has allowed it to know her.
async fn allowed(world: &World) -> Browser<'_> {
    world
        .changed(|client| client.consent = ConsentPolicy::Remember)
        .await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("k1", &[("scope", "openid")]).await;
    browser.press(&page, Some(("decision", "allow"))).await;
    browser
}

#[tokio::test]
async fn nobody_has_allowed_a_client_that_calls_itself_something_else_now() {
    let world = changing().await;
    let mut browser = allowed(&world).await;
    let silent = [("scope", "openid"), ("prompt", "none")];
    let answer = browser.authorize("k1", &silent).await.sent_to(K_CB);
    assert!(answer.contains_key("code"));
    world.changed(|client| client.about.tos_uri = None).await;
    let answer = browser.authorize("k1", &silent).await.sent_to(K_CB);
    assert!(answer.contains_key("code"));
    world
        .changed(|client| "Your bank".clone_into(&mut client.name))
        .await;
    let answer = browser.authorize("k1", &silent).await;
    assert_eq!(answer.error(), "consent_required");
}

#[tokio::test]
async fn an_api_that_is_named_without_a_scope_is_asked_about_by_its_name() {
    let world = changing().await;
    let mut browser = allowed(&world).await;
    let named = [("scope", "openid"), ("resource", BOOKINGS)];
    let silent = [named[0], named[1], ("prompt", "none")];
    let answer = browser.authorize("k1", &silent).await;
    assert_eq!(answer.error(), "consent_required");
    let page = browser.authorize("k1", &named).await;
    assert!(
        page.body
            .contains("<li>Use https://bookings.test for you</li>"),
        "{}",
        page.body
    );
    browser.press(&page, Some(("decision", "allow"))).await;
    let answer = browser.authorize("k1", &silent).await.sent_to(K_CB);
    assert!(answer.contains_key("code"));
}
