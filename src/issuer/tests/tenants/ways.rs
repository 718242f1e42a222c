//! The ways in that a tenant takes.

use super::devices::with_devices;
use super::*;

/// C2 serves a tenant that takes one-time links only; Alice belongs to it.
async fn of_the_club() -> World {
    let world = world_with(|clients| {
        for client in clients
            .iter_mut()
            .filter(|client| client.id.as_str() == "c2")
        {
            client.tenants = vec!["club".into()];
        }
    })
    .await;
    belongs(&world, "alice", &["club"]).await;
    world
}

#[tokio::test]
async fn who_came_in_by_a_way_that_the_tenant_does_not_take_signs_in_again() {
    let world = of_the_club().await;
    let mut browser = world.signed_in("alice").await;
    // Fresh or not: it is not when they signed in that is wrong.
    for more in [&[][..], &[("max_age", "3600")]] {
        let answer = browser.authorize("c2", more).await;
        assert!(answer.location().starts_with("/login?i="), "{more:?}");
    }
    let answer = browser.authorize("c2", &[("prompt", "none")]).await;
    assert_eq!(answer.error(), "login_required");

    browser.sign_in_by("alice", Amr::Otp).await;
    let code = browser.code("c2").await;
    let tokens = world.redeem("c2", &code).await.json();
    assert_eq!(payload(&tokens["id_token"])["amr"], json!(["otp"]));
}

#[tokio::test]
async fn an_answer_to_the_consent_page_counts_only_from_a_session_that_the_tenant_takes() {
    let world = of_the_club().await;
    let mut browser = world.browser();
    browser.sign_in_by("alice", Amr::Otp).await;
    let page = browser.authorize("c2", &[("prompt", "consent")]).await;
    assert_eq!(page.status, StatusCode::OK);
    browser.sign_in("alice").await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    let again = browser.get(answer.location()).await;
    assert!(again.location().starts_with("/login?i="), "{}", again.body);
}

#[tokio::test]
async fn a_device_is_let_in_by_a_session_that_the_tenant_takes() {
    let world = with_devices().await;
    belongs(&world, "alice", &["club"]).await;
    let started = world.start("tvc", &[("scope", "openid")]).await.json();
    let mut browser = world.browser();
    browser.sign_in_by("alice", Amr::Otp).await;
    let page = browser.get(&page_of(&started)).await;
    assert!(page.body.contains("id=\"device-allow\""), "{}", page.body);

    let mut other = world.signed_in("alice").await;
    let sent = other.get(&page_of(&started)).await;
    assert!(sent.location().starts_with("/login?i="), "{}", sent.body);
    let done = browser.press(&page, Some(("decision", "allow"))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let tokens = world.poll("tvc", &started).await;
    assert_eq!(payload(&tokens["access_token"])["tenant_sub"], CLUB);
}

#[tokio::test]
async fn what_was_given_by_a_way_that_the_tenant_takes_no_more_ends_with_the_restart() {
    let world = with_devices().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c2").await;
    let tokens = world.redeem("c2", &code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let started = world.start("tv", &[("scope", "openid")]).await.json();
    let page = browser.get(&page_of(&started)).await;
    browser.press(&page, Some(("decision", "allow"))).await;
    let pending = browser.code("c2").await;
    let mut later = world.browser();
    later.sign_in_by("alice", Amr::Otp).await;
    let by_link = later.code("c2").await;
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);

    let world = world.taking("acme", &[LoginMethod::OneTimeLink]);
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for token in [access, refresh] {
        let told = world.told("c2", token, false).await;
        assert_eq!(told, json!({ "active": false }));
    }
    for answer in [
        world.refresh("c2", refresh).await.json(),
        world.redeem("c2", &pending).await.json(),
        world.poll("tv", &started).await,
    ] {
        assert_eq!(answer["error"], "invalid_grant", "{answer}");
    }
    assert!(world.audited("login_method"));

    let tokens = world.redeem("c2", &by_link).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refreshed = world.refresh("c2", refresh).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
}
