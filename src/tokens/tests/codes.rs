//! Codes: redeemed once, by whom they were made for.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn auz_18_a_code_used_twice_is_refused_and_what_it_gave_is_revoked() {
    let world = world().await;
    let code = world.code("openid");
    let Redemption::First(authorization) = world.redeemed(&code).await else {
        panic!("a fresh code was used before");
    };
    let minted = world.minted(&authorization);
    assert!(world.believes(&minted.access_token));
    assert!(matches!(world.redeemed(&code).await, Redemption::Again(_)));
    assert!(!world.believes(&minted.access_token));
    let refresh = minted.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &refresh).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn a_code_redeemed_many_times_at_once_is_redeemed_once() {
    let world = world().await;
    let code = world.code("openid");
    let attempts = (0..20).map(|_| world.redeemed(&code));
    let outcomes = futures::future::join_all(attempts).await;
    let first = |outcome: &&Redemption| matches!(outcome, Redemption::First(_));
    assert_eq!(outcomes.iter().filter(first).count(), 1);
}

#[tokio::test]
async fn auz_21_a_code_lives_to_the_second_and_opens_at_its_own_issuer() {
    let world = world().await;
    let code = world.code("openid");
    assert!(world.tokens.open_code(&terms("beta"), &code).is_none());
    world.clock.advance(Duration::from_secs(299));
    assert!(
        world
            .tokens
            .open_code(&terms("production"), &code)
            .is_some()
    );
    world.clock.advance(Duration::from_secs(1));
    assert!(
        world
            .tokens
            .open_code(&terms("production"), &code)
            .is_none()
    );
}

#[tokio::test]
async fn a_code_knows_its_client_address_and_verifier() {
    let world = world().await;
    let code = world.code("openid");
    let code = world.tokens.open_code(&terms("production"), &code).unwrap();
    assert_eq!(code.client().as_str(), "c1");
    assert!(code.was_sent_to("https://c1.test/cb"));
    assert!(!code.was_sent_to("https://c1.test/cb/"));
    assert!(code.is_proven_by(Some(VERIFIER)));
    assert!(!code.is_proven_by(Some("another-verifier-of-at-least-forty-three-characters")));
    assert!(!code.is_proven_by(None));
}
