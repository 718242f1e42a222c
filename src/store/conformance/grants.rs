//! Grants: one for each code, rotated generation by generation, and what was spent.

use std::time::Duration;

use super::{World, on_every_engine};
use crate::base::{GrantId, ScopeSet};
use crate::model::Consent;
use crate::store::{Redeemed, Rotated, Turn};

on_every_engine! {
    a_grant_is_read_as_written,
    a_code_is_redeemed_once_however_many_try_at_once,
    a_rotation_moves_on_is_answered_again_in_the_grace_and_revokes_when_reused,
    only_one_of_many_rotations_at_once_moves_on,
    a_refresh_token_that_is_not_rotated_stays_the_one,
    the_use_of_one_that_is_not_rotated_brings_back_none_that_was_superseded,
    a_grant_of_a_session_moves_on_only_while_that_is_alive,
    a_grant_that_is_over_is_gone,
    what_is_spent_is_spent_once_however_many_try_at_once,
    everything_a_user_gave_a_client_is_revoked_together,
}

const GRACE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(400);

async fn a_grant_is_read_as_written(world: &World) {
    let ada = world.user("ada").await;
    let session = world.session(&ada).await;
    for grant in [
        world.grant("g1", &ada, Some(&session)),
        world.grant("g2", &ada, None),
    ] {
        let made = world.redeem(&grant).await;
        assert_eq!(made, Redeemed::First);
        let read = world.store.load_grant(&grant.id).await.unwrap();
        assert_eq!(read, Some(grant));
    }
    let none = world.store.load_grant(&"g3".into()).await.unwrap();
    assert_eq!(none, None);
}

async fn a_code_is_redeemed_once_however_many_try_at_once(world: &World) {
    let ada = world.user("ada").await;
    let (session, grant) = (world.session(&ada).await.id, world.grant("g1", &ada, None));
    let handles = [world.store.clone(), world.other().await];
    let tries = (0..32).map(|n| {
        let (store, grant, session) = (handles[n % 2].clone(), grant.clone(), session.clone());
        tokio::spawn(async move { store.redeem_grant(&grant, &session).await.unwrap() })
    });
    let mut first = 0;
    for outcome in tries.collect::<Vec<_>>() {
        first += u32::from(outcome.await.unwrap() == Redeemed::First);
    }
    assert_eq!(first, 1);
    // Revoked, it is still remembered.
    assert!(
        world
            .store
            .revoke_grant(&grant.id, world.now())
            .await
            .unwrap()
    );
    assert!(
        !world
            .store
            .revoke_grant(&grant.id, world.now())
            .await
            .unwrap()
    );
    let again = world.redeem(&grant).await;
    assert_eq!(again, Redeemed::Again);
}

async fn rotate(world: &World, id: &str, from: u32) -> Rotated {
    let (id, turn) = (id.into(), turn(world, from));
    world.store.rotate_grant(&id, turn).await.unwrap()
}

fn turn(world: &World, from: u32) -> Turn {
    let now = world.now();
    Turn {
        from,
        rotates: true,
        grace: GRACE,
        now,
        expires: world.after(2000),
        seen_after: now.minus(IDLE),
        begun_after: now.minus(10 * IDLE),
    }
}

async fn a_rotation_moves_on_is_answered_again_in_the_grace_and_revokes_when_reused(world: &World) {
    let grant = world.grant("g1", &world.user("ada").await, None);
    world.redeem(&grant).await;
    let Rotated::Next(next) = rotate(world, "g1", 0).await else {
        panic!("the first rotation does not move on");
    };
    assert_eq!((next.generation, next.rotated), (1, Some(world.now())));
    assert_eq!(next.expires, world.after(2000));
    assert_eq!(
        (&next.scopes, next.auth_time),
        (&grant.scopes, grant.auth_time)
    );

    world.clock.advance(GRACE);
    let again = rotate(world, "g1", 0).await;
    assert!(
        matches!(&again, Rotated::Grace(grant) if grant.generation == 1),
        "{again:?}"
    );
    world.clock.advance(Duration::from_millis(1));
    let reused = rotate(world, "g1", 0).await;
    assert!(
        matches!(&reused, Rotated::Reused(grant) if grant.revoked.is_some()),
        "{reused:?}"
    );
    assert_eq!(rotate(world, "g1", 0).await, Rotated::Gone);
    assert_eq!(rotate(world, "g1", 1).await, Rotated::Gone);

    // Two generations back there is no grace.
    world
        .redeem(&world.grant("g2", &world.user("bob").await, None))
        .await;
    assert!(matches!(rotate(world, "g2", 0).await, Rotated::Next(_)));
    assert!(matches!(rotate(world, "g2", 1).await, Rotated::Next(_)));
    assert!(matches!(rotate(world, "g2", 0).await, Rotated::Reused(_)));
    // A generation that was never given is nobody's.
    world
        .redeem(&world.grant("g3", &world.user("cy").await, None))
        .await;
    assert_eq!(rotate(world, "g3", 7).await, Rotated::Gone);
    assert!(matches!(rotate(world, "g3", 0).await, Rotated::Next(_)));
}

async fn a_refresh_token_that_is_not_rotated_stays_the_one(world: &World) {
    let grant = world.grant("g1", &world.user("ada").await, None);
    world.redeem(&grant).await;
    for _ in 0..2 {
        let still = Turn {
            rotates: false,
            ..turn(world, 0)
        };
        let turned = world.store.rotate_grant(&"g1".into(), still).await.unwrap();
        let Rotated::Next(next) = turned else {
            panic!("it does not stay good");
        };
        assert_eq!((next.generation, next.expires), (0, world.after(2000)));
        world.clock.advance(2 * GRACE);
    }
    assert!(matches!(rotate(world, "g1", 0).await, Rotated::Next(_)));
}

async fn the_use_of_one_that_is_not_rotated_brings_back_none_that_was_superseded(world: &World) {
    let still = |from| Turn {
        rotates: false,
        ..turn(world, from)
    };
    let store = &world.store;
    for (id, user) in [("g1", "ada"), ("g2", "bob")] {
        let grant = world.grant(id, &world.user(user).await, None);
        world.redeem(&grant).await;
        assert!(matches!(rotate(world, id, 0).await, Rotated::Next(_)));
    }
    let rotated = world.now();
    world.clock.advance(2 * GRACE);
    let used = store.rotate_grant(&"g1".into(), still(1)).await.unwrap();
    assert!(
        matches!(&used, Rotated::Next(grant) if (grant.generation, grant.rotated) == (1, Some(rotated))),
        "{used:?}"
    );
    // Not even for a client whose tokens are rotated again.
    let back = rotate(world, "g1", 0).await;
    assert!(matches!(back, Rotated::Reused(_)), "{back:?}");
    // Where nothing rotates there is no grace, however soon.
    assert!(matches!(rotate(world, "g2", 1).await, Rotated::Next(_)));
    let back = store.rotate_grant(&"g2".into(), still(1)).await.unwrap();
    assert!(matches!(back, Rotated::Reused(_)), "{back:?}");
}

async fn only_one_of_many_rotations_at_once_moves_on(world: &World) {
    let grant = world.grant("g1", &world.user("ada").await, None);
    world.redeem(&grant).await;
    let handles = [world.store.clone(), world.other().await];
    let turn = turn(world, 0);
    let tries = (0..32).map(|n| {
        let (store, id) = (handles[n % 2].clone(), grant.id.clone());
        tokio::spawn(async move {
            let rotated = store.rotate_grant(&id, turn);
            rotated.await.unwrap()
        })
    });
    let (mut next, mut grace) = (0, 0);
    for outcome in tries.collect::<Vec<_>>() {
        let outcome = outcome.await.unwrap();
        next += u32::from(matches!(outcome, Rotated::Next(_)));
        grace += u32::from(matches!(outcome, Rotated::Grace(grant) if grant.generation == 1));
    }
    assert_eq!((next, grace), (1, 31));
}

async fn a_grant_of_a_session_moves_on_only_while_that_is_alive(world: &World) {
    let ada = world.user("ada").await;
    let session = world.session(&ada).await;
    let grant = world.grant("g1", &ada, Some(&session));
    world.redeem(&grant).await;
    world
        .clock
        .advance(IDLE.saturating_sub(Duration::from_millis(1)));
    assert!(matches!(rotate(world, "g1", 0).await, Rotated::Next(_)));
    let seen = world
        .store
        .load_session(&session.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.last_seen, world.now(), "it is a sign of life");
    world.clock.advance(IDLE);
    assert_eq!(rotate(world, "g1", 1).await, Rotated::Gone);
    let touched = world.store.touch_session(&session.id, world.now());
    assert!(touched.await.unwrap());
    assert!(matches!(rotate(world, "g1", 1).await, Rotated::Next(_)));
    assert!(matches!(rotate(world, "g1", 1).await, Rotated::Grace(_)));
    let late = Turn {
        begun_after: world.now(),
        ..turn(world, 2)
    };
    let old = world.store.rotate_grant(&"g1".into(), late).await.unwrap();
    assert_eq!(old, Rotated::Gone);
    assert!(matches!(rotate(world, "g1", 2).await, Rotated::Next(_)));
}

async fn a_grant_that_is_over_is_gone(world: &World) {
    let ada = world.user("ada").await;
    assert_eq!(rotate(world, "nothing", 0).await, Rotated::Gone);
    world.redeem(&world.grant("g1", &ada, None)).await;
    world.clock.advance(Duration::from_secs(1000));
    assert_eq!(rotate(world, "g1", 0).await, Rotated::Gone);
    world.redeem(&world.grant("g2", &ada, None)).await;
    world
        .store
        .revoke_grant(&"g2".into(), world.now())
        .await
        .unwrap();
    assert_eq!(rotate(world, "g2", 0).await, Rotated::Gone);
}

async fn what_is_spent_is_spent_once_however_many_try_at_once(world: &World) {
    let handles = [world.store.clone(), world.other().await];
    let expires = world.after(60);
    let tries = (0..32).map(|n| {
        let store = handles[n % 2].clone();
        tokio::spawn(async move { store.spend(&[1; 32], expires).await.unwrap() })
    });
    let mut spent = 0;
    for outcome in tries.collect::<Vec<_>>() {
        spent += u32::from(outcome.await.unwrap());
    }
    assert_eq!(spent, 1);
    assert!(world.store.spend(&[2; 32], expires).await.unwrap());
    let is_spent = async |hash: [u8; 32]| world.store.is_spent(&hash, world.now()).await.unwrap();
    assert!(is_spent([1; 32]).await);
    assert!(!is_spent([3; 32]).await);
}

async fn everything_a_user_gave_a_client_is_revoked_together(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let mut other = world.grant("g3", &ada, None);
    other.client = "crm".into();
    for grant in [
        world.grant("g1", &ada, None),
        world.grant("g2", &ada, None),
        other,
        world.grant("g4", &bob, None),
    ] {
        world.redeem(&grant).await;
    }
    let consent = Consent {
        user: ada.id.clone(),
        issuer: "main".into(),
        client: "shop".into(),
        tenant: None,
        scopes: ScopeSet::default(),
        given: world.now(),
    };
    let withdrawn = world.store.withdraw_consent(&consent, world.now());
    withdrawn.await.unwrap();
    for (id, revoked) in [("g1", true), ("g2", true), ("g3", false), ("g4", false)] {
        let grant = world.store.load_grant(&GrantId::new(id)).await.unwrap();
        assert_eq!(grant.unwrap().revoked.is_some(), revoked, "{id}");
    }
}
