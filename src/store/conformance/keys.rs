//! Signing keys.

use super::{World, on_every_engine};
use crate::base::Timestamp;
use crate::model::{Algorithm, EventKey, SigningKeyRecord};

on_every_engine! {
    keys_are_read_as_written_the_oldest_first,
    several_who_rotate_at_once_make_one_key,
    an_owner_whose_keys_were_swept_makes_its_first_again,
}

const NEVER: Timestamp = Timestamp::from_millis(i64::MIN);

fn key(world: &World, id: &str, alg: Algorithm) -> SigningKeyRecord {
    SigningKeyRecord {
        id: id.into(),
        owner: "issuer:main".to_owned(),
        alg,
        sealed: vec![0, 255, 10],
        created: world.now(),
        signs_from: world.after(60),
        gone: None,
    }
}

async fn keys_are_read_as_written_the_oldest_first(world: &World) {
    let store = &world.store;
    let mut first = key(world, "z", Algorithm::ES256);
    assert!(store.insert_key(&first, NEVER).await.unwrap());
    let other = key(world, "o", Algorithm::RS256);
    assert!(
        store.insert_key(&other, NEVER).await.unwrap(),
        "another algorithm"
    );
    world.clock.advance(std::time::Duration::from_secs(1));
    let second = key(world, "a", Algorithm::ES256);
    assert!(store.insert_key(&second, first.created).await.unwrap());
    let list = store.list_keys("issuer:main").await.unwrap();
    assert_eq!(list, [other.clone(), first.clone(), second.clone()]);
    assert_eq!(store.list_keys("gateway").await.unwrap(), []);

    first.gone = Some(world.after(5));
    let retired = store.retire_key(&first.id, &first.owner, world.after(5));
    retired.await.unwrap();
    let list = store.list_keys("issuer:main").await.unwrap();
    assert_eq!(list, [other, first, second]);
    let events = store.events_since(&[].into(), NEVER).await.unwrap();
    assert_eq!(events.len(), 4);
    let keys = EventKey::Keys("issuer:main".to_owned());
    assert!(events.iter().all(|event| event.key == keys));
}

async fn several_who_rotate_at_once_make_one_key(world: &World) {
    let handles = [world.store.clone(), world.other().await];
    for round in 0..2 {
        let known = world.store.list_keys("issuer:main").await.unwrap();
        let since = known.last().map_or(NEVER, |key| key.created);
        let tries = (0..16).map(|n: usize| {
            let (store, id) = (handles[n % 2].clone(), format!("k-{round}-{n}"));
            let key = key(world, &id, Algorithm::ES256);
            tokio::spawn(async move { store.insert_key(&key, since).await.unwrap() })
        });
        let mut made = 0;
        for outcome in tries.collect::<Vec<_>>() {
            made += u32::from(outcome.await.unwrap());
        }
        assert_eq!(made, 1);
        let list = world.store.list_keys("issuer:main").await.unwrap();
        assert_eq!(list.len(), known.len() + 1);
        world.clock.advance(std::time::Duration::from_secs(1));
    }
}

async fn an_owner_whose_keys_were_swept_makes_its_first_again(world: &World) {
    let first = key(world, "a", Algorithm::ES256);
    assert!(world.store.insert_key(&first, NEVER).await.unwrap());
    let retired = world.store.retire_key(&first.id, &first.owner, world.now());
    retired.await.unwrap();
    world
        .clock
        .advance(std::time::Duration::from_hours(24 * 40));
    world.store.sweep(world.now()).await.unwrap();
    assert_eq!(world.store.list_keys("issuer:main").await.unwrap(), []);
    let again = key(world, "b", Algorithm::ES256);
    assert!(world.store.insert_key(&again, NEVER).await.unwrap());
}
