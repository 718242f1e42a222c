//! Keys: kept, rotated, withdrawn.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn keys_are_kept_over_restarts_and_are_useless_under_another_master_key() {
    let world = world().await;
    let jwks = |keyrings: &Keyrings| {
        keyrings
            .ring("issuer:production")
            .unwrap()
            .jwks()
            .etag
            .clone()
    };
    let again = open_keyrings(&world.store, &world.sealer, &world.clock).await;
    assert_eq!(jwks(world.tokens.keyrings()), jwks(&again));

    let rng = Rng::system();
    let other = Sealer::new(
        &MasterKey::ephemeral(&rng).unwrap(),
        world.clock.clone(),
        rng.clone(),
    );
    let opened = Keyrings::open(
        world.store.clone(),
        other,
        world.clock.clone(),
        rng,
        [owner("production")],
    )
    .await;
    assert!(matches!(opened, Err(TokenError::Unsealable)));
}

#[tokio::test]
async fn jwt_14_a_rotation_by_schedule_publishes_first_and_leaves_no_gap() {
    let world = world().await;
    let keyrings = world.tokens.keyrings();
    let signer = || {
        let ring = keyrings.ring("gateway").unwrap();
        ring.signer(Algorithm::ES256, world.clock.now())
            .unwrap()
            .id()
            .clone()
    };
    let count = || keyrings.ring("gateway").unwrap().keys().len();
    let first = signer();
    let owner = KeyOwner::gateway();
    world.clock.advance(
        owner
            .rotate_every
            .checked_sub(owner.publish_before)
            .unwrap(),
    );
    keyrings.maintain().await.unwrap();
    keyrings.maintain().await.unwrap();
    assert_eq!((count(), signer()), (2, first.clone()));
    world.clock.advance(owner.publish_before);
    assert_ne!(signer(), first);
    world.clock.advance(owner.keep_after);
    keyrings.maintain().await.unwrap();
    assert_eq!(count(), 1);
}

#[tokio::test]
async fn two_nodes_that_rotate_at_once_make_one_key() {
    let world = world().await;
    let other = open_keyrings(&world.store, &world.sealer, &world.clock).await;
    let owner = KeyOwner::gateway();
    world.clock.advance(owner.rotate_every);
    let (a, b) = tokio::join!(world.tokens.keyrings().maintain(), other.maintain());
    a.unwrap();
    b.unwrap();
    assert_eq!(world.store.list_keys("gateway").await.unwrap().len(), 2);
}

#[tokio::test]
async fn jwt_14_a_compromised_key_is_believed_no_more_at_once() {
    let world = world().await;
    let token = world.minted(&world.authorized("openid").await).access_token;
    assert!(world.believes(&token));
    world.clock.advance(Duration::from_secs(1));
    let keyrings = world.tokens.keyrings();
    keyrings
        .rotate("issuer:production", None, Haste::SignAtOnce)
        .await
        .unwrap();
    assert!(world.believes(&token));
    let made = keyrings
        .rotate(
            "issuer:production",
            Some(Algorithm::ES256),
            Haste::Compromised,
        )
        .await
        .unwrap();
    assert_eq!(made.len(), 1);
    assert!(!world.believes(&token));
    let token = world.minted(&world.authorized("openid").await).access_token;
    assert!(world.believes(&token));
}
