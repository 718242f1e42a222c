//! Refreshing: rotation, grace, reuse, and who is still welcome.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::world::*;

fn refresh_of(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_about_the_same_login() {
    let world = world().await;
    let first = world.tokens_for("alice", "c1").await;
    world.clock.advance(Duration::from_mins(20));
    let answer = world.refresh("c1", refresh_of(&first)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let second = answer.json();
    assert_ne!(refresh_of(&first), refresh_of(&second));
    let (before, after) = (payload(&first["id_token"]), payload(&second["id_token"]));
    for same in ["iss", "sub", "aud", "azp", "auth_time", "sid"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["iat"], world.clock.now().seconds());
    assert!(after.get("nonce").is_none());
}

#[tokio::test]
async fn tok_07_a_used_refresh_token_ends_the_family_when_it_comes_again() {
    let world = world().await;
    let first = world.tokens_for("alice", "c1").await;
    let second = world.refresh("c1", refresh_of(&first)).await.json();
    // Two tabs: the same answer again.
    let twin = world.refresh("c1", refresh_of(&first)).await.json();
    assert_eq!(refresh_of(&second), refresh_of(&twin));

    world.clock.advance(Duration::from_secs(11));
    let reused = world.refresh("c1", refresh_of(&first)).await;
    assert_eq!(reused.status, StatusCode::BAD_REQUEST);
    assert_eq!(reused.json()["error"], "invalid_grant");
    assert!(world.audited("refresh_token_used_again"));
    let newest = world.refresh("c1", refresh_of(&second)).await;
    assert_eq!(newest.json()["error"], "invalid_grant");
    let access = second["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn tok_10_fewer_scopes_may_be_asked_for_never_more() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let refresh = refresh_of(&tokens);
    let with = |scope: &'static str, token: String| {
        let world = &world;
        async move {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
                ("scope", scope),
            ];
            world.token(PROD, "c1", &form).await
        }
    };
    for wider in [
        "openid groups",
        "openid profile email offline_access",
        "\"",
        " ",
    ] {
        let answer = with(wider, refresh.to_owned()).await;
        assert_eq!(answer.json()["error"], "invalid_scope", "{wider}");
    }
    let narrow = with("openid", refresh.to_owned()).await.json();
    assert_eq!(narrow["scope"], "openid");
    assert!(payload(&narrow["id_token"]).get("email").is_none());
    // What was left out once is still granted.
    let wide = world.refresh("c1", refresh_of(&narrow)).await.json();
    assert_eq!(wide["scope"], "email openid profile");
}

#[tokio::test]
async fn tok_10_another_clients_refresh_token_is_refused_and_lives_on() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    for thief in ["c2", "p1"] {
        let answer = world.refresh(thief, refresh_of(&tokens)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    assert_eq!(
        world.refresh("c1", refresh_of(&tokens)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn tok_09_somebody_who_was_disabled_or_lost_a_group_is_known_as_they_are_now() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser
        .authorize("c1", &[("scope", "openid groups offline_access")])
        .await;
    let tokens = world
        .redeem("c1", &answer.sent_to(C1_CB)["code"])
        .await
        .json();
    assert_eq!(
        payload(&tokens["id_token"])["groups"],
        serde_json::json!(["staff"])
    );

    let mut alice = world
        .store
        .load_user(&"u-alice".into())
        .await
        .unwrap()
        .unwrap();
    alice.groups.clear();
    world.store.update_user(&alice).await.unwrap();
    let tokens = world.refresh("c1", refresh_of(&tokens)).await.json();
    assert!(payload(&tokens["id_token"]).get("groups").is_none());

    alice.disabled = true;
    world.store.update_user(&alice).await.unwrap();
    let answer = world.refresh("c1", refresh_of(&tokens)).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_end_of_the_session_ends_refreshing_but_not_offline_access() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let bound = browser.code("c1").await;
    let bound = world.redeem("c1", &bound).await.json();
    let answer = browser
        .authorize("c1", &[("scope", "openid offline_access")])
        .await;
    let offline = world
        .redeem("c1", &answer.sent_to(C1_CB)["code"])
        .await
        .json();
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    let gone = world.refresh("c1", refresh_of(&bound)).await;
    assert_eq!(gone.json()["error"], "invalid_grant");
    let access = bound["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.refresh("c1", refresh_of(&offline)).await.status,
        StatusCode::OK
    );
}
