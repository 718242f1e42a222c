//! Refresh tokens, and what ends a grant.

use std::time::Duration;

use super::*;
use crate::model::client::Profile;

#[tokio::test]
async fn tok_07_a_refresh_token_used_again_after_the_grace_revokes_the_grant() {
    let world = world().await;
    let first = world.minted(&world.authorized("openid").await);
    let old = first.refresh_token.unwrap();
    let next = world.rotated(&old).await;
    world.clock.advance(GRACE + Duration::from_millis(1));
    assert!(matches!(
        world.rotate("c1", &old).await,
        Rotation::Reused(_)
    ));
    assert!(!world.believes(&first.access_token));
    assert!(!world.believes(&next.access_token));
    let newest = next.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &newest).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_refresh_token() {
    let world = world().await;
    let old = world
        .minted(&world.authorized("openid").await)
        .refresh_token
        .unwrap();
    let (a, b) = tokio::join!(world.rotated(&old), world.rotated(&old));
    assert_eq!(a.refresh_token, b.refresh_token);
    assert_ne!(a.refresh_token.as_deref(), Some(old.as_str()));
    world.clock.advance(GRACE);
    assert_eq!(world.rotated(&old).await.refresh_token, a.refresh_token);
    world.rotated(&a.refresh_token.unwrap()).await;
}

#[tokio::test]
async fn tok_10_a_refresh_token_is_its_own_clients_and_survives_strangers() {
    let world = world().await;
    let token = world
        .minted(&world.authorized("openid").await)
        .refresh_token
        .unwrap();
    assert!(matches!(
        world.rotate("c2", &token).await,
        Rotation::Refused
    ));
    let at_beta = world.rotate_at("beta", "c1", &token).await;
    assert!(matches!(at_beta, Rotation::Refused));
    world.rotated(&token).await;
}

#[tokio::test]
async fn a_refresh_token_of_a_fapi_client_stays_good_as_the_answer_may_be_lost() {
    let world = world().await;
    let mut fapi = client("c1");
    fapi.security.profile = Profile::Fapi2;
    let authorization = world.authorized("openid offline_access").await;
    let token = world.minted(&authorization).refresh_token.unwrap();
    for hours in [1, 20, 20] {
        world.clock.advance(Duration::from_hours(hours));
        let rotated = world.rotate_for("production", &fapi, &token).await;
        let Rotation::Authorized(authorization) = rotated else {
            panic!("not good after {hours} more hours");
        };
        // What happened to the client before is history, as if the token had been rotated.
        assert_eq!(authorization.issued(), world.clock.now());
    }
    world.clock.advance(Duration::from_hours(24));
    let over = world.rotate_for("production", &fapi, &token).await;
    assert!(matches!(over, Rotation::Refused));
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_was_not_used_for_its_life() {
    let world = world().await;
    let token = world
        .minted(&world.authorized("openid offline_access").await)
        .refresh_token
        .unwrap();
    world.clock.advance(Duration::from_hours(23));
    let token = world.rotated(&token).await.refresh_token.unwrap();
    world.clock.advance(Duration::from_hours(24));
    assert!(matches!(
        world.rotate("c1", &token).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_grants_but_not_offline_access() {
    let world = world().await;
    let bound = world.minted(&world.authorized("openid").await);
    let offline = world.minted(&world.authorized("openid offline_access").await);
    assert_eq!(payload(&offline.id_token.clone().unwrap())["sid"], "s-1");
    assert!(
        world
            .store
            .end_session(&"s-1".into(), world.clock.now())
            .await
            .unwrap()
    );
    assert!(!world.believes(&bound.access_token));
    assert!(world.believes(&offline.access_token));
    let refresh = bound.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &refresh).await,
        Rotation::Refused
    ));
    world.rotated(&offline.refresh_token.unwrap()).await;
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_and_no_others() {
    let world = world().await;
    let terms = terms("production");
    let minted = world.minted(&world.authorized("openid").await);
    let refresh = minted.refresh_token.unwrap();
    for token in [&refresh, &minted.access_token, "junk"] {
        let revoked = world
            .tokens
            .revoke(&terms, &client("c2"), token)
            .await
            .unwrap();
        assert!(!revoked);
    }
    assert!(world.believes(&minted.access_token));
    let revoked = world
        .tokens
        .revoke(&terms, &client("c1"), &refresh)
        .await
        .unwrap();
    assert!(revoked);
    assert!(!world.believes(&minted.access_token));
}

#[tokio::test]
async fn a_session_that_was_idle_refreshes_nothing_but_offline_access() {
    let world = world().await;
    let bound = world.minted(&world.authorized("openid").await);
    let offline = world.minted(&world.authorized("openid offline_access").await);
    world.clock.advance(Duration::from_hours(8));
    let refused = world.rotate("c1", &bound.refresh_token.unwrap()).await;
    assert!(matches!(refused, Rotation::Refused));
    world.rotated(&offline.refresh_token.unwrap()).await;
}

#[tokio::test]
async fn refreshing_is_a_sign_of_life_up_to_the_longest_a_session_lasts() {
    let world = world().await;
    let first = world.minted(&world.authorized("openid").await);
    let mut token = first.refresh_token.unwrap();
    for _ in 0..7 * 24 / 7 - 1 {
        world.clock.advance(Duration::from_hours(7));
        token = world.rotated(&token).await.refresh_token.unwrap();
    }
    world.clock.advance(Duration::from_hours(7));
    let refused = world.rotate("c1", &token).await;
    assert!(matches!(refused, Rotation::Refused));
}
