//! Many changes at once: they share commits, and nothing else.

use futures::future::join_all;

use super::{World, on_every_engine};
use crate::base::Rng;
use crate::store::{Store, StoreError};

on_every_engine! {
    changes_that_wait_together_share_commits_and_are_counted,
    a_failing_change_does_not_fail_its_neighbours,
    an_answered_change_is_seen_by_the_next_read_of_either_handle,
    two_who_open_it_for_the_first_time_at_once_both_can,
}

async fn changes_that_wait_together_share_commits_and_are_counted(world: &World) {
    let before = world.store.committed();
    let users: Vec<_> = (0..100).map(|n| world.someone(&format!("u{n}"))).collect();
    let changes = users.iter().map(|user| world.store.insert_user(user, None));
    for outcome in join_all(changes).await {
        outcome.unwrap();
    }
    let after = world.store.committed();
    assert_eq!(after.changes - before.changes, 100);
    assert!((1..100).contains(&(after.commits - before.commits)));
}

async fn a_failing_change_does_not_fail_its_neighbours(world: &World) {
    world.user("ada").await;
    // Polled together, they are queued together.
    let changes = (0..100).map(async |n: usize| {
        let name = if n % 10 == 3 {
            "ada".to_owned()
        } else {
            format!("u{n}")
        };
        let user = world.someone(&name);
        let inserted = world.store.insert_user(&user, None).await;
        (user, inserted)
    });
    let outcomes = join_all(changes).await;
    for (n, (user, outcome)) in outcomes.into_iter().enumerate() {
        let stored = world.store.load_user(&user.id).await.unwrap();
        if n % 10 == 3 {
            assert!(
                matches!(outcome, Err(StoreError::Conflict(_))),
                "{n}: {outcome:?}"
            );
            assert_eq!(stored, None);
        } else {
            outcome.unwrap();
            assert_eq!(stored, Some(user));
        }
    }
}

async fn an_answered_change_is_seen_by_the_next_read_of_either_handle(world: &World) {
    let other = world.other().await;
    for name in ["ada", "bob", "cy"] {
        let user = world.user(name).await;
        for reader in [&world.store, &other] {
            assert_eq!(
                reader.load_user(&user.id).await.unwrap().as_ref(),
                Some(&user)
            );
        }
    }
}

async fn two_who_open_it_for_the_first_time_at_once_both_can(world: &World) {
    let Some(settings) = world.untouched().await else {
        return;
    };
    let opened = join_all((0..4).map(|_| {
        let (settings, clock) = (settings.clone(), world.clock.clone());
        tokio::spawn(async move { Store::open(&settings, clock, Rng::system()).await })
    }));
    for store in opened.await {
        store.unwrap().unwrap().ping().await.unwrap();
    }
}
