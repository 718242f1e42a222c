//! Standing tokens.

use std::collections::HashMap;

use super::{World, on_every_engine};
use crate::base::opaque::{PersonalToken, ServiceToken};
use crate::base::{OpaqueHash, ScopeSet, Timestamp, UserId};
use crate::model::{EventKey, Holder, StandingHash, StandingToken};

on_every_engine! {
    a_standing_token_is_found_by_its_hash_and_read_as_written,
    a_revoked_standing_token_is_gone_and_everybody_is_told,
    whoever_is_disabled_has_no_standing_token_then_or_later,
    the_last_use_only_grows,
    what_expired_long_ago_is_swept,
}

fn hash(byte: u8) -> StandingHash {
    OpaqueHash::<PersonalToken>::from_bytes(&[byte; 32])
        .unwrap()
        .into()
}

fn personal(world: &World, id: &str, user: &UserId) -> StandingToken {
    StandingToken {
        id: id.into(),
        holder: Holder::Person(user.clone()),
        name: "laptop ž".to_owned(),
        scopes: ScopeSet::parse("git:read git:write").unwrap(),
        routes: vec!["git".into(), "dav".into()],
        created: world.now(),
        expires: world.after(1000),
        used: None,
    }
}

fn service(world: &World, id: &str) -> StandingToken {
    StandingToken {
        holder: Holder::Service,
        name: "backup".to_owned(),
        routes: Vec::new(),
        ..personal(world, id, &"nobody".into())
    }
}

async fn told(world: &World) -> Vec<EventKey> {
    let seen = HashMap::new();
    let events = world.store.events_since(&seen, Timestamp::default());
    let tokens = |key: &EventKey| matches!(key, EventKey::Token(_));
    let keys = events.await.unwrap().into_iter().map(|event| event.key);
    keys.filter(tokens).collect()
}

async fn a_standing_token_is_found_by_its_hash_and_read_as_written(world: &World) {
    let ada = world.user("ada").await.id;
    let (own, job) = (personal(world, "pat-1", &ada), service(world, "svc-1"));
    let of_service = OpaqueHash::<ServiceToken>::from_bytes(&[2; 32]).unwrap();
    let store = &world.store;
    assert!(store.insert_standing_token(&own, hash(1)).await.unwrap());
    let made = store.insert_standing_token(&job, of_service.into()).await;
    assert!(made.unwrap());

    let found = async |byte| store.load_standing_token(hash(byte)).await.unwrap();
    assert_eq!(found(1).await, Some(own.clone()));
    assert_eq!(found(2).await, Some(job.clone()));
    assert_eq!(found(3).await, None);

    let mut all = store.list_standing_tokens(None).await.unwrap();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(all, [own.clone(), job]);
    let hers = store.list_standing_tokens(Some(&ada)).await.unwrap();
    assert_eq!(hers, std::slice::from_ref(&own));
    // A hash and an id are one token's.
    assert!(store.insert_standing_token(&own, hash(4)).await.is_err());
    let other = personal(world, "pat-2", &ada);
    assert!(store.insert_standing_token(&other, hash(1)).await.is_err());
}

async fn a_revoked_standing_token_is_gone_and_everybody_is_told(world: &World) {
    let ada = world.user("ada").await.id;
    let own = personal(world, "pat-1", &ada);
    let store = &world.store;
    store.insert_standing_token(&own, hash(1)).await.unwrap();
    let other = world.other().await;
    let revoked = other.revoke_standing_token(&own.id).await.unwrap();
    assert_eq!(revoked, Some(Holder::Person(ada)));
    assert_eq!(store.load_standing_token(hash(1)).await.unwrap(), None);
    assert_eq!(told(world).await, [EventKey::Token(own.id.clone())]);
    let again = other.revoke_standing_token(&own.id).await.unwrap();
    assert_eq!(again, None);
    assert_eq!(told(world).await.len(), 1);
}

async fn whoever_is_disabled_has_no_standing_token_then_or_later(world: &World) {
    let (mut ada, bob) = (world.user("ada").await, world.user("bob").await.id);
    let store = &world.store;
    let own = personal(world, "pat-1", &ada.id);
    let bobs = personal(world, "pat-2", &bob);
    store.insert_standing_token(&own, hash(1)).await.unwrap();
    store.insert_standing_token(&bobs, hash(2)).await.unwrap();
    ada.disabled = true;
    store.update_user(&ada).await.unwrap();
    assert_eq!(told(world).await, [EventKey::Token(own.id.clone())]);
    assert!(!store.insert_standing_token(&own, hash(1)).await.unwrap());
    ada.disabled = false;
    store.update_user(&ada).await.unwrap();
    assert_eq!(store.load_standing_token(hash(1)).await.unwrap(), None);
    assert!(store.load_standing_token(hash(2)).await.unwrap().is_some());
    let nobody = personal(world, "pat-3", &"nobody".into());
    assert!(!store.insert_standing_token(&nobody, hash(3)).await.unwrap());
}

async fn the_last_use_only_grows(world: &World) {
    let store = &world.store;
    let job = service(world, "svc-1");
    store.insert_standing_token(&job, hash(1)).await.unwrap();
    let used = async || {
        store
            .load_standing_token(hash(1))
            .await
            .unwrap()
            .unwrap()
            .used
    };
    for (at, known) in [(10, 10), (5, 10), (20, 20)] {
        let seen = vec![
            (job.id.clone(), world.after(at)),
            ("svc-gone".into(), world.after(at)),
        ];
        store.note_standing_uses(seen).await.unwrap();
        assert_eq!(used().await, Some(world.after(known)));
    }
}

async fn what_expired_long_ago_is_swept(world: &World) {
    const MONTH: u64 = 30 * 24 * 3600;
    let store = &world.store;
    let job = service(world, "svc-1");
    store.insert_standing_token(&job, hash(1)).await.unwrap();
    store.sweep(world.after(1000 + MONTH)).await.unwrap();
    assert!(store.load_standing_token(hash(1)).await.unwrap().is_some());
    store.sweep(world.after(1001 + MONTH)).await.unwrap();
    assert_eq!(store.load_standing_token(hash(1)).await.unwrap(), None);
}
