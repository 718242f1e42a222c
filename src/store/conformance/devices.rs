//! Requests of devices: answered once, polled at a pace, gone when their time is over.

use std::time::Duration;

use futures::future::join_all;

use super::{World, on_every_engine};
use crate::base::opaque::DeviceCode;
use crate::base::{Opaque, OpaqueHash, Rng, Timestamp};
use crate::model::{Amr, DeviceAnswer, DeviceApproval, DeviceRequest, Extent};
use crate::store::Polled;

on_every_engine! {
    a_request_is_read_as_written_by_its_issuer_until_its_time_is_over,
    two_requests_never_share_a_user_code,
    of_many_answers_at_once_one_counts,
    an_answer_reaches_its_own_client_only,
    who_polls_too_fast_is_slowed_down,
    what_nobody_answered_in_time_is_expired_and_then_forgotten,
}

const PACE: Duration = Duration::from_secs(5);

fn request(world: &World) -> DeviceRequest {
    DeviceRequest {
        issuer: "main".into(),
        client: "tv".into(),
        tenant: Some("acme".into()),
        scopes: ["openid", "booking:read"].into_iter().collect(),
        extent: Extent {
            resources: vec!["https://api.test".to_owned()],
            ..Extent::default()
        },
        grant: format!("g-{}", world.now().millis()).as_str().into(),
    }
}

fn approval(world: &World, who: &str) -> DeviceAnswer {
    DeviceAnswer::Approved(Box::new(DeviceApproval {
        user: who.into(),
        session: "s-1".into(),
        auth_time: world.now(),
        amr: vec![Amr::Pwd],
        scopes: ["openid"].into_iter().collect(),
        resources: Vec::new(),
        at: world.now(),
    }))
}

/// Makes a request under `user_code` that lasts a minute.
async fn made(world: &World, user_code: u8) -> (OpaqueHash<DeviceCode>, bool) {
    let hash = Opaque::<DeviceCode>::mint(&Rng::system()).unwrap().hash();
    let until = (PACE, world.after(60));
    let request = request(world);
    let insert = world
        .store
        .insert_device(&hash, [user_code; 32], &request, until);
    let inserted = insert.await.unwrap();
    (hash, inserted)
}

async fn poll(world: &World, hash: &OpaqueHash<DeviceCode>, now: Timestamp) -> Option<Polled> {
    let (issuer, client) = ("main".into(), "tv".into());
    let polled = world.store.poll_device(hash, (&issuer, &client), now);
    polled.await.unwrap()
}

/// Whether a no at `issuer` counted.
async fn deny(world: &World, issuer: &str, now: Timestamp) -> bool {
    let (issuer, no) = (issuer.into(), DeviceAnswer::Denied);
    let answered = world.store.answer_device([1; 32], &issuer, &no, now);
    answered.await.unwrap()
}

async fn a_request_is_read_as_written_by_its_issuer_until_its_time_is_over(world: &World) {
    made(world, 1).await;
    let find = async |code: u8, issuer: &str, now| {
        let issuer = issuer.into();
        let found = world.store.find_device([code; 32], &issuer, now);
        found.await.unwrap()
    };
    assert_eq!(find(1, "main", world.now()).await, Some(request(world)));
    assert_eq!(find(1, "other", world.now()).await, None);
    assert_eq!(find(2, "main", world.now()).await, None);
    assert_eq!(find(1, "main", world.after(60)).await, None);
}

async fn two_requests_never_share_a_user_code(world: &World) {
    let other = world.other().await;
    let tries = (0..16).map(async |n: usize| {
        let store = if n.is_multiple_of(2) {
            &world.store
        } else {
            &other
        };
        let hash = Opaque::<DeviceCode>::mint(&Rng::system()).unwrap().hash();
        let until = (PACE, world.after(60));
        let made = store
            .insert_device(&hash, [1; 32], &request(world), until)
            .await;
        made.unwrap()
    });
    let outcomes = join_all(tries).await;
    assert_eq!(outcomes.into_iter().filter(|made| *made).count(), 1);
    let (_, another) = made(world, 2).await;
    assert!(another, "under another code");
}

async fn of_many_answers_at_once_one_counts(world: &World) {
    let (hash, _) = made(world, 1).await;
    let other = world.other().await;
    let answers = (0..16).map(async |n: usize| {
        let store = if n.is_multiple_of(2) {
            &world.store
        } else {
            &other
        };
        let (issuer, answer) = ("main".into(), approval(world, &format!("u-{n}")));
        let answered = store.answer_device([1; 32], &issuer, &answer, world.now());
        answered.await.unwrap().then_some(answer)
    });
    let counted: Vec<_> = join_all(answers).await.into_iter().flatten().collect();
    let [answer] = counted.as_slice() else {
        panic!("{counted:?}");
    };
    let heard = Some(Polled::Answered(Box::new(request(world)), answer.clone()));
    for _ in 0..2 {
        assert_eq!(poll(world, &hash, world.now()).await, heard);
    }
    let late = deny(world, "main", world.now()).await;
    assert!(!late, "it was answered");
    let main = "main".into();
    let asked = world.store.find_device([1; 32], &main, world.now());
    assert_eq!(asked.await.unwrap(), None, "nobody is asked again");
}

async fn an_answer_reaches_its_own_client_only(world: &World) {
    let (hash, _) = made(world, 1).await;
    let stranger = Opaque::<DeviceCode>::mint(&Rng::system()).unwrap().hash();
    assert_eq!(poll(world, &stranger, world.now()).await, None);
    for (issuer, client) in [("main", "radio"), ("other", "tv")] {
        let whose = (issuer.into(), client.into());
        let heard = world
            .store
            .poll_device(&hash, (&whose.0, &whose.1), world.now());
        assert_eq!(heard.await.unwrap(), None, "{issuer} {client}");
    }
    // Nor did their asking slow the right one down.
    assert_eq!(poll(world, &hash, world.now()).await, Some(Polled::Pending));
    assert!(!deny(world, "other", world.now()).await);
}

async fn who_polls_too_fast_is_slowed_down(world: &World) {
    let (hash, _) = made(world, 1).await;
    for (second, heard) in [
        (0, Polled::Pending),
        (5, Polled::Pending),
        // A second too early: from now on it is ten seconds.
        (9, Polled::TooFast),
        (18, Polled::TooFast),
        (32, Polled::TooFast),
        (52, Polled::Pending),
    ] {
        let now = world.after(second);
        assert_eq!(poll(world, &hash, now).await, Some(heard), "{second}");
    }
}

async fn what_nobody_answered_in_time_is_expired_and_then_forgotten(world: &World) {
    let (hash, _) = made(world, 1).await;
    let late = world.after(60);
    assert!(!deny(world, "main", late).await);
    assert_eq!(poll(world, &hash, late).await, Some(Polled::Expired));
    let much_later = world.after(61 + 24 * 3600);
    world.store.sweep(much_later).await.unwrap();
    assert_eq!(poll(world, &hash, much_later).await, None);
}
