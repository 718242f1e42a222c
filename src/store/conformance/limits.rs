//! How often something may be tried, and what is swept.

use std::time::Duration;

use super::{World, on_every_engine};
use crate::base::OpaqueHash;
use crate::store::Redeemed;

async fn a_backlog_larger_than_one_change_removes_is_swept_whole(world: &World) {
    let spends = (0..2500_u32).map(|n| {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&n.to_be_bytes());
        let (store, until) = (world.store.clone(), world.after(100));
        async move { store.spend(&hash, until).await.unwrap() }
    });
    let spent = futures::future::join_all(spends).await;
    assert!(spent.iter().all(|spent| *spent));
    // Another node, whose clock is behind, may still take what is over here.
    assert_eq!(world.store.sweep(world.after(159)).await.unwrap(), 0);
    assert_eq!(world.store.sweep(world.after(161)).await.unwrap(), 2500);
}

on_every_engine! {
    a_bucket_gives_its_burst_then_one_at_a_time,
    no_more_than_the_burst_is_given_however_many_ask_at_once,
    forgiving_fills_the_bucket_and_peeking_takes_nothing,
    a_sweep_keeps_what_single_use_must_remember,
    a_backlog_larger_than_one_change_removes_is_swept_whole,
}

const EVERY: Duration = Duration::from_secs(10);

async fn a_bucket_gives_its_burst_then_one_at_a_time(world: &World) {
    let take = async |bucket: &str| {
        let taken = world.store.take(bucket, EVERY, 3, world.now());
        taken.await.unwrap()
    };
    for _ in 0..3 {
        assert_eq!(take("a").await, Ok(()));
    }
    assert_eq!(take("a").await, Err(world.after(10)));
    assert_eq!(take("b").await, Ok(()), "buckets share");
    world.clock.advance(Duration::from_millis(9_999));
    assert!(take("a").await.is_err());
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(take("a").await, Ok(()));
    assert_eq!(take("a").await, Err(world.after(10)));
    world.clock.advance(EVERY * 100);
    for _ in 0..3 {
        assert_eq!(take("a").await, Ok(()));
    }
    assert!(take("a").await.is_err(), "it holds more than its burst");
}

async fn no_more_than_the_burst_is_given_however_many_ask_at_once(world: &World) {
    let handles = [world.store.clone(), world.other().await];
    let now = world.now();
    let tries = (0..32).map(|n| {
        let store = handles[n % 2].clone();
        tokio::spawn(async move { store.take("a", EVERY, 5, now).await.unwrap().is_ok() })
    });
    let mut taken = 0;
    for outcome in tries.collect::<Vec<_>>() {
        taken += u32::from(outcome.await.unwrap());
    }
    assert_eq!(taken, 5);
}

async fn forgiving_fills_the_bucket_and_peeking_takes_nothing(world: &World) {
    let (store, now) = (&world.store, world.now());
    for _ in 0..3 {
        assert_eq!(store.peek("a", EVERY, 1, now).await.unwrap(), None);
    }
    assert_eq!(store.take("a", EVERY, 1, now).await.unwrap(), Ok(()));
    let next = store.peek("a", EVERY, 1, now).await.unwrap();
    assert_eq!(next, Some(world.after(10)));
    store.forgive("a").await.unwrap();
    assert_eq!(store.peek("a", EVERY, 1, now).await.unwrap(), None);
    assert_eq!(store.take("a", EVERY, 1, now).await.unwrap(), Ok(()));
}

async fn a_sweep_keeps_what_single_use_must_remember(world: &World) {
    let (store, ada) = (&world.store, world.user("ada").await);
    let session = world.session(&ada).await;
    let grant = world.grant("g1", &ada, Some(&session));
    world.redeem(&grant).await;
    store.spend(&[1; 32], world.after(100)).await.unwrap();
    let _ = store.take("a", EVERY * 60, 1, world.now()).await.unwrap();
    let link = OpaqueHash::from_bytes(&[1; 32]).unwrap();
    store
        .insert_sign_in_link(&link, &ada.id, world.after(100))
        .await
        .unwrap();
    store
        .choose_password(&link, "phc".to_owned(), world.now())
        .await
        .unwrap();

    world.clock.advance(Duration::from_secs(99));
    assert_eq!(store.sweep(world.now()).await.unwrap(), 0);
    assert!(!store.spend(&[1; 32], world.after(100)).await.unwrap());
    assert_eq!(world.redeem(&grant).await, Redeemed::Again);
    assert!(
        store
            .take("a", EVERY * 60, 1, world.now())
            .await
            .unwrap()
            .is_err()
    );
    assert_eq!(
        store
            .choose_password(&link, "phc".to_owned(), world.now())
            .await
            .unwrap(),
        None
    );
    assert!(store.load_session(&session.id).await.unwrap().is_some());

    // Long after none of it could be presented, nothing of it is left, nor of the three events that
    // choosing a password made, nor of the client that was to be told; people stay.
    world.clock.advance(Duration::from_hours(24 * 400));
    assert_eq!(store.sweep(world.now()).await.unwrap(), 10);
    assert_eq!(store.load_grant(&grant.id).await.unwrap(), None);
    assert_eq!(store.load_session(&session.id).await.unwrap(), None);
    assert!(store.load_user(&ada.id).await.unwrap().is_some());
}
