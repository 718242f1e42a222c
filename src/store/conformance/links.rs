//! One-time links.

use super::{World, on_every_engine};
use crate::base::opaque::SignInLink;
use crate::base::{OpaqueHash, Timestamp, UserId};
use crate::model::FoundLink;
use crate::store::Store;

on_every_engine! {
    a_link_of_somebody_disabled_sets_nothing_then_or_later,
    a_link_is_redeemed_once_however_many_try_at_once,
    a_newer_link_voids_the_one_before,
    a_link_works_until_it_expires_and_looking_does_not_use_it_up,
    a_password_chosen_by_link_ends_even_what_outlives_sessions,
}

fn hash(byte: u8) -> OpaqueHash<SignInLink> {
    OpaqueHash::from_bytes(&[byte; 32]).unwrap()
}

async fn make(world: &World, link: u8, user: &UserId) {
    let (link, expires) = (hash(link), world.after(60));
    let made = world.store.insert_sign_in_link(&link, user, expires);
    made.await.unwrap();
}

async fn redeem(store: &Store, link: u8, now: Timestamp) -> Option<UserId> {
    store
        .choose_password(&hash(link), "phc".to_owned(), now)
        .await
        .unwrap()
        .map(|(whose, _)| whose)
}

async fn a_link_is_redeemed_once_however_many_try_at_once(world: &World) {
    let (ada, now) = (world.user("ada").await, world.now());
    make(world, 1, &ada.id).await;
    let handles = [world.store.clone(), world.other().await];
    let tries = (0..32).map(|n| {
        let store = handles[n % 2].clone();
        tokio::spawn(async move { redeem(&store, 1, now).await })
    });
    let mut winners: Vec<UserId> = Vec::new();
    for outcome in tries.collect::<Vec<_>>() {
        winners.extend(outcome.await.unwrap());
    }
    assert_eq!(winners, [ada.id]);
}

async fn a_newer_link_voids_the_one_before(world: &World) {
    let (ada, bob) = (world.user("ada").await.id, world.user("bob").await.id);
    for (link, user) in [(1, &ada), (2, &bob), (3, &ada)] {
        make(world, link, user).await;
    }
    let redeemed = async |link| redeem(&world.store, link, world.now()).await;
    assert_eq!(redeemed(1).await, None);
    assert_eq!(redeemed(2).await, Some(bob));
    assert_eq!(redeemed(3).await, Some(ada.clone()));
    // One made after a redeemed one works.
    make(world, 4, &ada).await;
    assert_eq!(redeemed(4).await, Some(ada));
}

async fn a_link_works_until_it_expires_and_looking_does_not_use_it_up(world: &World) {
    let (ada, link) = (world.user("ada").await.id, hash(1));
    make(world, 1, &ada).await;
    for _ in 0..2 {
        let found = world.store.find_sign_in_link(&link, world.now()).await;
        let made_by_an_operator = FoundLink {
            user: ada.clone(),
            proven: false,
        };
        assert_eq!(found.unwrap(), Some(made_by_an_operator));
    }
    let expired = world.after(60);
    let found = world.store.find_sign_in_link(&link, expired).await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(redeem(&world.store, 1, expired).await, None);
}

async fn a_password_chosen_by_link_ends_even_what_outlives_sessions(world: &World) {
    let ada = world.user("ada").await;
    let offline = world.grant("offline", &ada, None);
    world.redeem(&offline).await;
    make(world, 1, &ada.id).await;
    redeem(&world.store, 1, world.now()).await.unwrap();
    let left = world.store.load_grant(&offline.id).await.unwrap().unwrap();
    assert!(left.revoked.is_some());
}

async fn a_link_of_somebody_disabled_sets_nothing_then_or_later(world: &World) {
    let ada = world.user("ada").await;
    make(world, 1, &ada.id).await;
    for disabled in [true, false] {
        if disabled {
            // One that was looked at before, and one made meanwhile.
            let change = world
                .store
                .change_user(&ada.id, |user| user.disabled = true);
            change.await.unwrap();
            make(world, 2, &ada.id).await;
        } else {
            let change = world
                .store
                .change_user(&ada.id, |user| user.disabled = false);
            change.await.unwrap();
        }
        assert_eq!(redeem(&world.store, 1, world.now()).await, None);
        let late = redeem(&world.store, 2, world.now()).await;
        assert_eq!(late.is_some(), !disabled, "it was not used up");
        let password = world.store.load_password(&ada.id).await.unwrap();
        assert_eq!(password.is_some(), !disabled);
    }
}
