//! The events by which processes tell each other what is void.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{World, on_every_engine};
use crate::model::{Event, EventKey};

on_every_engine! {
    events_come_without_gaps_and_in_order_and_the_other_handle_sees_them,
    a_reader_gets_what_it_has_not_seen_and_nothing_too_old,
    a_listener_hears_of_what_is_committed_before_the_answer,
}

async fn events_come_without_gaps_and_in_order_and_the_other_handle_sees_them(world: &World) {
    let (ada, other) = (world.user("ada").await, world.other().await);
    let handles = [world.store.clone(), other.clone()];
    let mut ends = Vec::new();
    for n in 0..40 {
        let (store, id) = (handles[n % 2].clone(), world.session(&ada).await.id);
        let (now, taken) = (world.now(), world.someone("ada"));
        ends.push(tokio::spawn(async move {
            // What is refused uses no number up.
            assert!(store.insert_user(&taken, None).await.is_err());
            assert!(store.end_session(&id, now).await.unwrap());
        }));
    }
    for end in ends {
        end.await.unwrap();
    }
    for reader in [&world.store, &other] {
        let events = reader
            .events_since(&HashMap::new(), world.now())
            .await
            .unwrap();
        assert_eq!(events.len(), 40);
        let mut last: HashMap<&str, i64> = HashMap::new();
        for event in &events {
            let last = last.entry(&event.writer).or_insert(0);
            assert_eq!(event.seq, *last + 1, "a gap, or out of order");
            *last = event.seq;
        }
    }
}

async fn a_reader_gets_what_it_has_not_seen_and_nothing_too_old(world: &World) {
    let ada = world.user("ada").await;
    let end = async || {
        let session = world.session(&ada).await;
        world
            .store
            .end_session(&session.id, world.now())
            .await
            .unwrap();
        world.clock.advance(std::time::Duration::from_secs(1));
        session.id
    };
    let (first, second) = (end().await, end().await);
    let start = world.now().minus(std::time::Duration::from_secs(2));
    let read = async |seen: HashMap<String, i64>, oldest| -> Vec<Event> {
        world.store.events_since(&seen, oldest).await.unwrap()
    };
    let all = read(HashMap::new(), start).await;
    let keys: Vec<_> = all.iter().map(|event| event.key.clone()).collect();
    let [first, second] = [first, second].map(EventKey::Session);
    assert_eq!(keys, [first, second.clone()]);

    let seen = HashMap::from([(all[0].writer.clone(), all[0].seq)]);
    assert_eq!(read(seen, start).await, [all[1].clone()]);
    let seen = HashMap::from([(all[1].writer.clone(), all[1].seq)]);
    assert_eq!(read(seen, start).await, []);
    let young = world.now().minus(std::time::Duration::from_secs(1));
    assert_eq!(read(HashMap::new(), young).await, [all[1].clone()]);
}

async fn a_listener_hears_of_what_is_committed_before_the_answer(world: &World) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = heard.clone();
    world
        .store
        .on_event(move |event| notes.lock().push(event.key.clone()));
    let session = world.session(&world.user("ada").await).await;
    assert!(heard.lock().is_empty());
    world
        .store
        .end_session(&session.id, world.now())
        .await
        .unwrap();
    assert_eq!(*heard.lock(), [EventKey::Session(session.id)]);
}
