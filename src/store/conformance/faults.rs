//! What goes wrong while it runs: nothing that was answered is lost, and it goes on afterwards.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use sqlx::{Connection, Executor, SqliteConnection};

use super::{World, on_every_engine};
use crate::model::Login;
use crate::store::StoreError;
use crate::store::engine::Engine;

#[tokio::test]
async fn a_full_disk_is_said_loses_nothing_and_it_goes_on_when_there_is_room() {
    let world = World::file().await;
    let Engine::Sqlite(pools) = world.store.engine() else {
        panic!("not SQLite")
    };
    let limit = |pages: u32| sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    pools.write.execute(limit(1)).await.unwrap();
    let mut kept = Vec::new();
    let full = loop {
        let mut user = world.someone(&format!("u{}", kept.len()));
        user.name = "x".repeat(500);
        match world.store.insert_user(&user, None).await {
            Ok(()) => kept.push(user),
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::Full), "{full:?}");
    for user in kept {
        assert_eq!(world.store.load_user(&user.id).await.unwrap(), Some(user));
    }
    pools.write.execute(limit(1_000_000)).await.unwrap();
    world.user("ada").await;
}

/// Another process that holds a database file's lock.
pub(crate) struct Locked(SqliteConnection);

impl Locked {
    /// Takes the lock.
    pub(crate) async fn take(file: &Path) -> Self {
        let url = format!("sqlite:{}", file.display());
        let mut holder = SqliteConnection::connect(&url).await.unwrap();
        holder.execute("BEGIN IMMEDIATE").await.unwrap();
        Self(holder)
    }

    /// Lets it go.
    pub(crate) async fn release(mut self) {
        self.0.execute("ROLLBACK").await.unwrap();
        self.0.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_of_another_process_stops_writing_only_and_only_while_it_is_held() {
    let world = World::file().await;
    let ada = world.user("ada").await;
    let lock = Locked::take(&world.dir().join("doorward.db")).await;
    assert!(world.store.is_writable().await, "nothing was tried yet");
    let refused = world.store.insert_user(&world.someone("bob"), None).await;
    let said = refused.expect_err("it was written").to_string();
    assert!(said.contains("another process holds its lock"), "{said}");
    assert!(world.store.load_user(&ada.id).await.unwrap().is_some());
    assert!(!world.store.is_writable().await);
    lock.release().await;
    assert!(world.store.is_writable().await);
    world.user("bob").await;
}

async fn a_change_or_listener_that_panics_does_not_end_the_writer(world: &World) {
    let failed = world
        .store
        .write::<(), _>(|_| Box::pin(async { panic!("in a change") }));
    assert!(failed.await.is_err());
    world.store.on_event(|_| panic!("in a listener"));
    let heard = Arc::new(Mutex::new(0));
    let count = heard.clone();
    world.store.on_event(move |_| *count.lock() += 1);
    let ada = world.user("ada").await;
    let session = world.session(&ada).await;
    assert!(
        world
            .store
            .end_session(&session.id, world.now())
            .await
            .unwrap()
    );
    assert_eq!(*heard.lock(), 1);
}

async fn a_name_and_an_address_that_are_equal_are_given_to_one_however_many_try(world: &World) {
    let handles = [world.store.clone(), world.other().await];
    let added = (0..16).map(|n| {
        let (store, mut user) = (handles[n % 2].clone(), world.someone(&format!("u{n}")));
        user.email = None;
        if n % 4 < 2 {
            user.login = Login::parse("x@example.com").unwrap();
        } else {
            user.email = Some("X@example.com".to_owned());
        }
        tokio::spawn(async move { store.insert_user(&user, None).await.is_ok() })
    });
    let added = futures::future::join_all(added).await;
    let added = added.into_iter().filter(|added| *added.as_ref().unwrap());
    assert_eq!(added.count(), 1);
}

async fn closing_keeps_what_was_queued_and_refuses_more(world: &World) {
    let reader = world.other().await;
    let queued = (0..20).map(|n| {
        let (store, user) = (world.store.clone(), world.someone(&format!("u{n}")));
        async move { store.insert_user(&user, None).await.map(|()| user.id) }
    });
    // Polled first, so all of them stand in the queue when closing begins.
    let (kept, ()) = futures::join!(futures::future::join_all(queued), world.store.close());
    let refused = world.store.insert_user(&world.someone("late"), None).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    if reader.node() != world.store.node() {
        for id in kept {
            assert!(reader.load_user(&id.unwrap()).await.unwrap().is_some());
        }
    }
}

on_every_engine!(
    a_change_or_listener_that_panics_does_not_end_the_writer,
    a_name_and_an_address_that_are_equal_are_given_to_one_however_many_try,
    closing_keeps_what_was_queued_and_refuses_more,
);
