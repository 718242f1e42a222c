//! Clients that register themselves: so many, by so many uses of a token, and no longer than they
//! are used.

use std::time::Duration;

use futures::future::join_all;

use super::{World, on_every_engine};
use crate::base::opaque::{InitialToken, RegistrationToken};
use crate::base::{ClientId, Opaque, OpaqueHash, Rng};
use crate::model::{Client, Consent, EventKey, InitialTokenRecord, Registration};
use crate::store::Registered;

on_every_engine! {
    a_token_admits_exactly_as_many_as_it_says_however_many_come_at_once,
    no_more_register_than_there_is_room_for_and_operators_clients_take_none,
    a_deleted_client_leaves_nothing_behind,
    a_revoked_token_admits_nobody_and_is_listed_no_more,
    a_client_that_was_never_used_is_forgotten_and_any_other_kept,
}

fn client(world: &World, id: &str) -> Client {
    let token = Opaque::<RegistrationToken>::mint(&Rng::system()).unwrap();
    Client {
        registered: Some(Registration {
            token: token.hash(),
            at: world.now(),
            address: Some([192, 0, 2, 1].into()),
            by: Some("it-1".to_owned()),
        }),
        ..Client::new(id, "main")
    }
}

async fn token(world: &World, uses: u32) -> OpaqueHash<InitialToken> {
    let hash = Opaque::<InitialToken>::mint(&Rng::system()).unwrap().hash();
    let record = InitialTokenRecord {
        id: format!("it-{uses}"),
        issuer: "main".into(),
        uses,
        expires: world.after(1000),
    };
    let inserted = world.store.insert_initial_token(&record, &hash);
    inserted.await.unwrap();
    let read = world.store.load_initial_token(&hash).await.unwrap();
    assert_eq!(read, Some(record));
    hash
}

async fn a_token_admits_exactly_as_many_as_it_says_however_many_come_at_once(world: &World) {
    let other = world.other().await;
    let hash = token(world, 3).await;
    let attempts = (0..20).map(async |n: usize| {
        let store = if n.is_multiple_of(2) {
            &world.store
        } else {
            &other
        };
        let client = client(world, &format!("c{n}"));
        store.register_client(&client, 100, Some(&hash)).await
    });
    let outcomes = join_all(attempts).await;
    let count = |wanted| {
        let all = outcomes.iter();
        all.filter(|one| *one.as_ref().unwrap() == wanted).count()
    };
    assert_eq!(count(Registered::Done), 3);
    assert_eq!(count(Registered::NotAdmitted), 17);
    let stored = world.store.list_clients().await.unwrap();
    assert_eq!(stored.len(), 3);
    let first = stored.first().unwrap().registered.as_ref().unwrap();
    assert_eq!(first.by.as_deref(), Some("it-1"));
    assert_eq!(first.at, world.now());
}

async fn no_more_register_than_there_is_room_for_and_operators_clients_take_none(world: &World) {
    world
        .store
        .insert_client(&Client::new("operators", "main"))
        .await
        .unwrap();
    let hash = token(world, 5).await;
    for (id, token, outcome) in [
        ("a", None, Registered::Done),
        ("b", Some(&hash), Registered::Done),
        ("c", None, Registered::Full),
        ("d", Some(&hash), Registered::Full),
    ] {
        let client = client(world, id);
        let registered = world.store.register_client(&client, 2, token).await;
        assert_eq!(registered.unwrap(), outcome, "{id}");
    }
    // What found no room used nothing up.
    let left = world.store.load_initial_token(&hash).await.unwrap();
    assert_eq!(left.unwrap().uses, 4);
    let elsewhere = Client::new("e", "other");
    let registered = world.store.register_client(&elsewhere, 2, Some(&hash));
    assert_eq!(registered.await.unwrap(), Registered::NotAdmitted);
}

async fn a_deleted_client_leaves_nothing_behind(world: &World) {
    let shop = client(world, "shop");
    let registered = world.store.register_client(&shop, 9, None).await;
    assert_eq!(registered.unwrap(), Registered::Done);
    let ada = world.user("ada").await;
    let grant = world.grant("g", &ada, None);
    world.redeem(&grant).await;
    let consent = Consent {
        user: ada.id.clone(),
        issuer: "main".into(),
        client: shop.id.clone(),
        tenant: None,
        scopes: grant.scopes.clone(),
        given: world.now(),
    };
    world.store.put_consent(&consent).await.unwrap();
    assert!(world.store.delete_client(&shop.id).await.unwrap());
    assert!(!world.store.delete_client(&shop.id).await.unwrap());
    assert!(world.store.load_client(&shop.id).await.unwrap().is_none());
    let grant = world.store.load_grant(&grant.id).await.unwrap().unwrap();
    assert!(grant.revoked.is_some());
    let main = "main".into();
    let left = world
        .store
        .load_consent(&ada.id, (&main, &shop.id), None)
        .await;
    assert_eq!(left.unwrap(), None);
    let events = world.store.events_since(&[].into(), world.now()).await;
    let about = EventKey::Client(shop.id.clone());
    assert!(events.unwrap().iter().any(|event| event.key == about));
}

async fn a_client_that_was_never_used_is_forgotten_and_any_other_kept(world: &World) {
    for id in ["used", "unused"] {
        let client = client(world, id);
        world.store.register_client(&client, 9, None).await.unwrap();
    }
    let operators = Client::new("operators", "main");
    world.store.insert_client(&operators).await.unwrap();
    let used = ClientId::from("used");
    world.store.note_client_use(&used).await.unwrap();
    let alone = client(world, "alone");
    world.store.register_client(&alone, 9, None).await.unwrap();
    world.clock.advance(Duration::from_hours(29 * 24));
    assert_eq!(left(world).await, ["alone", "operators", "unused", "used"]);
    for id in [&alone.id, &operators.id] {
        let noted = world.store.note_client_life(id, world.now());
        noted.await.unwrap();
    }
    world.clock.advance(Duration::from_hours(2 * 24));
    assert_eq!(left(world).await, ["alone", "operators", "used"]);
    world.clock.advance(Duration::from_hours(29 * 24));
    assert_eq!(left(world).await, ["operators", "used"]);
}

/// Who is left after a sweep.
async fn left(world: &World) -> Vec<String> {
    world.store.sweep(world.now()).await.unwrap();
    let clients = world.store.list_clients().await.unwrap();
    clients.iter().map(|client| client.id.to_string()).collect()
}

async fn a_revoked_token_admits_nobody_and_is_listed_no_more(world: &World) {
    let first = token(world, 2).await;
    world.clock.advance(Duration::from_secs(1));
    token(world, 3).await;
    let list = async || {
        let listed = world.store.list_initial_tokens().await.unwrap();
        let listed = listed.into_iter();
        listed
            .map(|(record, _)| (record.id, record.uses))
            .collect::<Vec<_>>()
    };
    let newest = ("it-3".to_owned(), 3);
    assert_eq!(list().await, [newest.clone(), ("it-2".to_owned(), 2)]);
    assert!(world.store.revoke_initial_token("it-2").await.unwrap());
    assert!(!world.store.revoke_initial_token("it-2").await.unwrap());
    assert_eq!(list().await, [newest]);
    let client = client(world, "late");
    let late = world.store.register_client(&client, 100, Some(&first));
    assert_eq!(late.await.unwrap(), Registered::NotAdmitted);
}
