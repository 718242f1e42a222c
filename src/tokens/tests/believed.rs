//! Tokens that come again: believed from memory, and no longer than they hold.

use super::*;
use crate::base::TokenId;
use crate::keys::JwtRejected;
use crate::model::{Event, EventKey};

impl World {
    async fn verified(&self, warm: &Warm, jwt: &str) -> Result<std::sync::Arc<Verified>, String> {
        let terms = terms("production");
        let verified = self.tokens.verify_warm(&terms, jwt, warm);
        verified.await.map_err(|error| error.to_string())
    }
}

#[tokio::test]
async fn a_token_is_read_once_and_then_remembered_with_how_its_person_came_in() {
    let world = world().await;
    let minted = world.minted(&world.authorized("openid").await);
    let warm = Warm::default();
    let first = world.verified(&warm, &minted.access_token).await.unwrap();
    let again = world.verified(&warm, &minted.access_token).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    let lease = first.lease.as_ref().unwrap();
    assert_eq!(lease.amr, [Amr::Pwd]);
    assert_eq!(Some(lease.auth_time), first.token.auth_time);
    assert_ne!(Some(&lease.session), first.token.session.as_ref());
}

#[tokio::test]
async fn what_is_remembered_is_no_good_after_its_time() {
    let world = world().await;
    let minted = world.minted(&world.authorized("openid").await);
    let warm = Warm::default();
    world.verified(&warm, &minted.access_token).await.unwrap();
    world.clock.advance(Duration::from_mins(30));
    // With no leeway, remembered or not.
    for warm in [warm, Warm::default()] {
        assert_eq!(
            world
                .verified(&warm, &minted.access_token)
                .await
                .unwrap_err(),
            TokenRejected::Jwt(JwtRejected::Time).to_string()
        );
    }
}

#[tokio::test]
async fn what_is_remembered_is_refused_at_once_when_it_or_its_grant_is_revoked() {
    let world = world().await;
    let warm = Warm::default();
    let authorization = world.authorized("openid").await;
    let [one, other] = [(); 2].map(|()| world.minted(&authorization).access_token);
    let id = world.verified(&warm, &one).await.unwrap().token.id.clone();
    world.verified(&warm, &other).await.unwrap();
    let revoked = TokenRejected::Revoked.to_string();

    let event = |id: &TokenId| Event {
        writer: "n".into(),
        seq: 1,
        at: world.clock.now(),
        key: EventKey::Token(id.clone()),
    };
    world.tokens.revocations().note(&event(&id));
    assert_eq!(world.verified(&warm, &one).await.unwrap_err(), revoked);
    world.verified(&warm, &other).await.unwrap();

    let grant = authorization.grant();
    let now = world.clock.now();
    world.store.revoke_grant(grant, now).await.unwrap();
    assert_eq!(world.verified(&warm, &other).await.unwrap_err(), revoked);
}

#[tokio::test]
async fn what_is_remembered_goes_with_the_key_that_signed_it() {
    let world = world().await;
    let minted = world.minted(&world.authorized("openid").await);
    let warm = Warm::default();
    world.verified(&warm, &minted.access_token).await.unwrap();
    let owner = KeyOwner::issuer_name(&"production".into());
    let keyrings = world.tokens.keyrings();
    keyrings.maintain().await.unwrap();
    world.verified(&warm, &minted.access_token).await.unwrap();
    let rotated = keyrings.rotate(&owner, None, Haste::Compromised);
    rotated.await.unwrap();
    assert!(world.verified(&warm, &minted.access_token).await.is_err());
}

#[tokio::test]
async fn what_one_issuer_made_is_nothing_at_another() {
    let world = world().await;
    let minted = world.minted(&world.authorized("openid").await);
    let warm = Warm::default();
    world.verified(&warm, &minted.access_token).await.unwrap();
    let other = terms("beta");
    let read = world
        .tokens
        .verify_warm(&other, &minted.access_token, &warm);
    assert!(read.await.is_err());
}
