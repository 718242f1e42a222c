//! Sessions, and everything that ends with them.

use std::time::Duration;

use super::{World, on_every_engine};
use crate::base::{GrantId, OpaqueHash};
use crate::model::{EventKey, Opened, OpenedKind};
use crate::store::Redeemed;
use crate::store::sessions::MOST;

on_every_engine! {
    a_session_is_read_as_written,
    a_sign_of_life_moves_forward_only_and_never_wakes_an_ended_session,
    ending_a_session_ends_its_grants_and_says_so_once,
    disabling_a_user_ends_their_sessions_and_grants_and_nobody_elses,
    what_a_session_opened_is_noted_once,
    no_grant_is_made_in_a_session_that_has_ended,
    of_very_many_sessions_of_one_person_the_ones_unused_for_longest_end,
    a_session_starts_only_under_the_epoch_it_was_proven_in,
    a_session_that_starts_while_the_password_is_reset_is_not_there_afterwards,
}

async fn a_session_is_read_as_written(world: &World) {
    let ada = world.user("ada").await;
    let session = world.session(&ada).await;
    let read = world.store.load_session(&session.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&session));
    let list = world.store.list_sessions(&ada.id).await.unwrap();
    assert_eq!(list, [session]);
    let none = world.store.load_session(&"nothing".into()).await.unwrap();
    assert_eq!(none, None);
}

async fn a_sign_of_life_moves_forward_only_and_never_wakes_an_ended_session(world: &World) {
    let session = world.session(&world.user("ada").await).await;
    let touched = async |at| {
        world.store.touch_session(&session.id, at).await.unwrap();
        let read = world.store.load_session(&session.id).await.unwrap();
        read.unwrap().last_seen
    };
    let later = world.after(60);
    assert_eq!(touched(later).await, later);
    assert_eq!(touched(world.now()).await, later);
    world.store.end_session(&session.id, later).await.unwrap();
    assert_eq!(touched(world.after(120)).await, later);
}

async fn ending_a_session_ends_its_grants_and_says_so_once(world: &World) {
    let ada = world.user("ada").await;
    let (mine, other) = (world.session(&ada).await, world.session(&ada).await);
    for grant in [
        world.grant("in", &ada, Some(&mine)),
        world.grant("beside", &ada, Some(&other)),
        world.grant("offline", &ada, None),
    ] {
        let redeemed = world.store.redeem_grant(&grant, &mine.id);
        redeemed.await.unwrap();
    }
    world.clock.advance(Duration::from_secs(1));
    let before = world.now();
    let mut ends = Vec::new();
    for _ in 0..2 {
        ends.push(world.store.end_session(&mine.id, before).await.unwrap());
    }
    assert_eq!(ends, [true, false]);
    let ended = world.store.load_session(&mine.id).await.unwrap().unwrap();
    assert_eq!(ended.ended, Some(before));
    for (id, revoked) in [("in", true), ("beside", false), ("offline", false)] {
        let grant = world.store.load_grant(&GrantId::new(id)).await.unwrap();
        assert_eq!(grant.unwrap().revoked.is_some(), revoked, "{id}");
    }
    let events = world.store.events_since(&[].into(), before).await.unwrap();
    let keys: Vec<_> = events.into_iter().map(|event| event.key).collect();
    let expected = [EventKey::Grant("in".into()), EventKey::Session(mine.id)];
    assert_eq!(keys, expected);
    let left = world.store.list_sessions(&ada.id).await.unwrap();
    assert_eq!(left, [other]);
}

async fn disabling_a_user_ends_their_sessions_and_grants_and_nobody_elses(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (hers, his) = (world.session(&ada).await, world.session(&bob).await);
    for grant in [
        world.grant("hers", &ada, Some(&hers)),
        world.grant("offline", &ada, None),
        world.grant("his", &bob, Some(&his)),
    ] {
        let within = if grant.user == bob.id { &his } else { &hers };
        let redeemed = world.store.redeem_grant(&grant, &within.id);
        assert_eq!(redeemed.await.unwrap(), Redeemed::First);
    }
    world.clock.advance(Duration::from_secs(1));
    let disable = world
        .store
        .change_user(&ada.id, |user| user.disabled = true);
    assert!(disable.await.unwrap().unwrap().disabled);

    let ended = async |id| world.store.load_session(id).await.unwrap().unwrap().ended;
    assert_eq!(ended(&hers.id).await, Some(world.now()));
    assert_eq!(ended(&his.id).await, None);
    for (id, revoked) in [("hers", true), ("offline", true), ("his", false)] {
        let grant = world.store.load_grant(&GrantId::new(id)).await.unwrap();
        assert_eq!(grant.unwrap().revoked.is_some(), revoked, "{id}");
    }
    let events = world
        .store
        .events_since(&[].into(), world.now())
        .await
        .unwrap();
    for key in [EventKey::Session(hers.id), EventKey::User(ada.id)] {
        assert!(events.iter().any(|event| event.key == key), "{key:?}");
    }
}

async fn what_a_session_opened_is_noted_once(world: &World) {
    let session = world.session(&world.user("ada").await).await;
    let first = world.now();
    for _ in 0..2 {
        let (store, now) = (&world.store, world.now());
        store.note_route(&session.id, "wiki", now).await.unwrap();
        for issuer in ["main", "beta"] {
            let client = (&issuer.into(), &"shop".into());
            let noted = store.note_client(&session.id, client, now).await;
            assert!(noted.unwrap());
        }
        world.clock.advance(Duration::from_secs(1));
    }
    let opened = |kind, issuer: Option<&str>, name: &str| Opened {
        kind,
        issuer: issuer.map(Into::into),
        name: name.to_owned(),
        first,
    };
    assert_eq!(
        world.store.list_opened(&session.id).await.unwrap(),
        [
            opened(OpenedKind::Client, Some("beta"), "shop"),
            opened(OpenedKind::Client, Some("main"), "shop"),
            opened(OpenedKind::Route, None, "wiki")
        ]
    );
    let (store, now) = (&world.store, world.now());
    store.end_session(&session.id, now).await.unwrap();
    let late = (&"main".into(), &"late".into());
    let late = store.note_client(&session.id, late, now).await.unwrap();
    assert!(!late, "nobody would be told of its end");
    assert_eq!(store.list_opened(&session.id).await.unwrap().len(), 3);
}

async fn a_session_starts_only_under_the_epoch_it_was_proven_in(world: &World) {
    let store = &world.store;
    let mut ada = world.user("ada").await;
    let starts = async |ada: &crate::model::User| {
        let session = world.unsaved_session(ada);
        store.insert_session(&session, ada.epoch).await.unwrap()
    };
    let read = async || store.load_user(&ada.id).await.unwrap().unwrap();
    assert!(starts(&ada).await);
    let renamed = store.change_user(&ada.id, |user| user.name = "Ada".into());
    renamed.await.unwrap();
    assert!(starts(&ada).await, "a new name takes no credential away");

    let link = OpaqueHash::from_bytes(&[7; 32]).unwrap();
    let reset = store.reset_password(&ada.id, &link, world.after(60));
    reset.await.unwrap();
    assert!(!starts(&ada).await, "the password was reset");
    assert!(starts(&read().await).await);

    let before = read().await;
    let chosen = store.choose_password(&link, "phc".into(), world.now());
    let (whose, epoch) = chosen.await.unwrap().unwrap();
    assert_eq!(whose, ada.id);
    assert!(!starts(&before).await, "a password was chosen by link");
    let after = read().await;
    assert_eq!(after.epoch, epoch);
    assert!(starts(&after).await);

    for disabled in [true, false] {
        let change = store.change_user(&after.id, move |user| user.disabled = disabled);
        change.await.unwrap();
        assert!(!starts(&after).await, "was disabled: {disabled}");
    }
    let link = OpaqueHash::from_bytes(&[8; 32]).unwrap();
    let late = store.insert_change_link(&link, &ada.id, after.epoch, world.after(60));
    assert!(!late.await.unwrap(), "a link for who was proven before");
    ada = read().await;
    assert!(starts(&ada).await);
}

async fn a_session_that_starts_while_the_password_is_reset_is_not_there_afterwards(world: &World) {
    let other = world.other().await;
    for n in 0..16u8 {
        let ada = world.user(&format!("ada{n}")).await;
        let (session, link) = (
            world.unsaved_session(&ada),
            OpaqueHash::from_bytes(&[n; 32]).unwrap(),
        );
        let (started, reset) = futures::join!(
            other.insert_session(&session, ada.epoch),
            world.store.reset_password(&ada.id, &link, world.after(60)),
        );
        reset.unwrap();
        let left = world.store.list_sessions(&ada.id).await.unwrap();
        assert_eq!(left, [], "started: {:?}", started.unwrap());
    }
}

async fn no_grant_is_made_in_a_session_that_has_ended(world: &World) {
    let (ada, other) = (world.user("ada").await, world.other().await);
    for n in 0..16u8 {
        let (session, ada) = {
            let ada = world.store.load_user(&ada.id).await.unwrap().unwrap();
            (world.session(&ada).await, ada)
        };
        let grant = world.grant(&format!("offline-{n}"), &ada, None);
        let link = OpaqueHash::from_bytes(&[n; 32]).unwrap();
        let (redeemed, reset) = futures::join!(
            other.redeem_grant(&grant, &session.id),
            world.store.reset_password(&ada.id, &link, world.after(60)),
        );
        reset.unwrap();
        let stored = world.store.load_grant(&grant.id).await.unwrap();
        match redeemed.unwrap() {
            Redeemed::First => assert!(stored.unwrap().revoked.is_some(), "{n}"),
            Redeemed::Over => assert_eq!(stored, None),
            Redeemed::Again => panic!("it was new"),
        }
        let late = world.grant(&format!("late-{n}"), &ada, None);
        let late = world.store.redeem_grant(&late, &session.id).await.unwrap();
        assert_eq!(late, Redeemed::Over);
    }
}

async fn of_very_many_sessions_of_one_person_the_ones_unused_for_longest_end(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let his = world.session(&bob).await;
    let first = world.session(&ada).await;
    let mut sessions = Vec::new();
    for _ in 0..MOST {
        world.clock.advance(Duration::from_secs(1));
        sessions.push(world.session(&ada).await);
        if sessions.len() == 1 {
            let seen = world.store.touch_session(&first.id, world.after(500));
            assert!(seen.await.unwrap());
        }
    }
    let left = world.store.list_sessions(&ada.id).await.unwrap();
    assert_eq!(left.len(), usize::try_from(MOST).unwrap());
    let is_left = |id| left.iter().any(|session| session.id == id);
    assert!(is_left(first.id), "it was used since");
    assert!(!is_left(sessions[0].id.clone()));
    let his = world.store.load_session(&his.id).await.unwrap().unwrap();
    assert_eq!(his.ended, None);
}
