//! Clients with a policy: who may sign in to them.

use std::time::Duration;

use http::StatusCode;

use super::world::{World, world_with};

/// C1 is for those whom `policy` lets in.
async fn under(policy: &str) -> World {
    world_with(|clients| {
        let c1 = clients
            .iter_mut()
            .find(|client| client.id.as_str() == "c1")
            .unwrap();
        c1.policy = Some(policy.to_owned());
    })
    .await
}

#[tokio::test]
async fn whom_the_policy_lets_in_gets_a_code() {
    let world = under("alice-only").await;
    let mut browser = world.signed_in("alice").await;
    assert!(!browser.code("c1").await.is_empty());
}

#[tokio::test]
async fn whom_the_policy_keeps_out_sees_why_and_the_app_is_told() {
    let world = under("alice-only").await;
    let mut browser = world.signed_in("bob").await;
    let page = browser.authorize("c1", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    for word in ["id=\"unwelcome-page\"", "not_named", "switch-account"] {
        assert!(page.body.contains(word), "{word}: {}", page.body);
    }
    let back = page
        .body
        .split("id=\"unwelcome-back\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let answer = browser.get(&back).await;
    assert_eq!(answer.error(), "access_denied");
    let silent = browser.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(silent.error(), "access_denied");
}

#[tokio::test]
async fn a_policy_that_nothing_has_any_more_lets_nobody_in() {
    let world = under("gone").await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_stale_sign_in_leads_to_a_fresh_one() {
    let world = under("fresh").await;
    let mut browser = world.signed_in("alice").await;
    assert!(!browser.code("c1").await.is_empty());
    world.clock.advance(Duration::from_mins(16));
    let answer = browser.authorize("c1", &[]).await;
    assert!(
        answer.location().starts_with("/login?i="),
        "{}",
        answer.body
    );
    let silent = browser.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(silent.error(), "login_required");
    browser.sign_in("alice").await;
    assert!(!browser.code("c1").await.is_empty());
}

#[tokio::test]
async fn the_address_of_whoever_signs_in_is_that_of_their_browser() {
    let world = under("elsewhere").await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("not_from_here"), "{}", page.body);
    // Another account comes from the same place.
    assert!(!page.body.contains("switch-account"), "{}", page.body);
}
