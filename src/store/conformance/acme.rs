//! Certificates by ACME, and whose turn it is to order them.

use super::{World, on_every_engine};
use crate::store::AcmeRow;

on_every_engine! {
    an_account_is_kept_by_directory,
    one_node_at_a_time_orders_for_a_host,
    a_turn_that_nobody_ends_is_over_after_a_while,
    answers_are_found_until_they_are_taken_away,
}

const CA: &str = "https://ca.test/directory";

async fn an_account_is_kept_by_directory(world: &World) {
    let store = &world.store;
    assert_eq!(store.acme_account(CA).await.unwrap(), None);
    store.keep_acme_account(CA, &[1, 0, 255]).await.unwrap();
    store.keep_acme_account(CA, &[2]).await.unwrap();
    assert_eq!(store.acme_account(CA).await.unwrap(), Some(vec![2]));
    let other = store.acme_account("https://other.test/").await.unwrap();
    assert_eq!(other, None);
}

async fn one_node_at_a_time_orders_for_a_host(world: &World) {
    let nodes = [world.store.clone(), world.other().await];
    let (now, until) = (world.now(), world.after(600));
    let tries = (0..8).map(|n: usize| {
        let store = nodes[n % 2].clone();
        async move {
            store
                .take_acme_turn(CA, "a.test", now, until)
                .await
                .unwrap()
        }
    });
    let taken = futures::future::join_all(tries).await;
    assert_eq!(taken.iter().filter(|turn| turn.is_some()).count(), 1);
    let other = nodes[1].take_acme_turn(CA, "b.test", now, until).await;
    assert_eq!(other.unwrap(), Some(0), "another host");

    let due = world.after(60);
    let kept = nodes[0].keep_acme_certificate(CA, "a.test", &[7], due);
    kept.await.unwrap();
    let rows = nodes[1].acme_rows(CA).await.unwrap();
    let row = |host: &str, sealed: Option<Vec<u8>>, due| AcmeRow {
        host: host.to_owned(),
        sealed,
        due,
    };
    assert_eq!(
        rows,
        [
            row("a.test", Some(vec![7]), due),
            row("b.test", None, until)
        ]
    );
    assert_eq!(nodes[1].acme_rows("https://other.test/").await.unwrap(), []);

    // An order that fails is counted, and leaves what is there.
    let turn = |at| nodes[1].take_acme_turn(CA, "a.test", at, world.after(700));
    assert_eq!(turn(world.after(59)).await.unwrap(), None);
    assert_eq!(turn(world.after(60)).await.unwrap(), Some(0));
    let again = world.after(90);
    nodes[1].fail_acme_order(CA, "a.test", again).await.unwrap();
    assert_eq!(turn(again).await.unwrap(), Some(1));
    let rows = nodes[0].acme_rows(CA).await.unwrap();
    assert_eq!(rows[0].sealed, Some(vec![7]));
}

async fn a_turn_that_nobody_ends_is_over_after_a_while(world: &World) {
    let store = &world.store;
    let until = world.after(600);
    let turn = |now, until| store.take_acme_turn(CA, "a.test", now, until);
    assert!(turn(world.now(), until).await.unwrap().is_some());
    assert!(turn(world.after(599), until).await.unwrap().is_none());
    assert!(turn(until, world.after(1200)).await.unwrap().is_some());
}

async fn answers_are_found_until_they_are_taken_away(world: &World) {
    let (one, other) = (&world.store, world.other().await);
    let until = world.after(60);
    one.insert_acme_answer("t", "t.first", until).await.unwrap();
    one.insert_acme_answer("t", "t.key", until).await.unwrap();
    let found = |now| other.acme_answer("t", now);
    assert_eq!(found(world.now()).await.unwrap().as_deref(), Some("t.key"));
    assert_eq!(found(until).await.unwrap(), None, "too late");
    assert_eq!(other.acme_answer("u", world.now()).await.unwrap(), None);
    other.remove_acme_answer("t").await.unwrap();
    assert_eq!(one.acme_answer("t", world.now()).await.unwrap(), None);
}
