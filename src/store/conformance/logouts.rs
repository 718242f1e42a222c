//! The queue of clients that must be told that a session ended.

use std::time::Duration;

use super::{World, on_every_engine};
use crate::base::OpaqueHash;
use crate::model::{LogoutNotice, Session, User};
use crate::store::{Claim, Redeemed};

on_every_engine! {
    however_a_session_ends_every_client_it_opened_is_queued_once,
    a_code_redeemed_after_the_end_queues_nothing,
    a_session_nobody_comes_back_to_ends_by_itself,
    of_two_nodes_one_takes_a_notice_on,
    a_notice_that_nothing_was_heard_of_falls_due_again,
    a_resting_client_holds_back_nobody_else,
}

async fn opened(world: &World, user: &User, clients: &[&str]) -> Session {
    let session = world.session(user).await;
    for client in clients {
        let client = (&"main".into(), &(*client).into());
        let noted = world.store.note_client(&session.id, client, world.now());
        assert!(noted.await.unwrap());
    }
    session
}

async fn claim(world: &World, client: &str, most: usize) -> Vec<LogoutNotice> {
    let claim = Claim {
        now: world.now(),
        until: world.after(30),
        most,
    };
    let (issuer, client) = ("main".into(), client.into());
    let claimed = world.store.claim_logouts(&issuer, &client, claim);
    claimed.await.unwrap()
}

async fn due(world: &World) -> Vec<String> {
    let due = world.store.clients_to_tell(world.now(), 100).await.unwrap();
    due.into_iter()
        .map(|(_, client)| client.to_string())
        .collect()
}

async fn however_a_session_ends_every_client_it_opened_is_queued_once(world: &World) {
    let store = &world.store;
    for (n, way) in (0u8..).zip(["ended", "all", "disabled", "reset", "chosen"]) {
        let ada = world.user(&format!("ada-{way}")).await;
        let session = opened(world, &ada, &["shop", "wiki"]).await;
        let link = OpaqueHash::from_bytes(&[n; 32]).unwrap();
        for _ in 0..2 {
            match way {
                "ended" => {
                    store.end_session(&session.id, world.now()).await.unwrap();
                }
                "all" => {
                    store.end_sessions_of(&ada.id, world.now()).await.unwrap();
                }
                "disabled" => {
                    let change = store.change_user(&ada.id, |user| user.disabled = true);
                    change.await.unwrap();
                }
                "reset" => {
                    let reset = store.reset_password(&ada.id, &link, world.after(60));
                    reset.await.unwrap();
                }
                _ => {
                    let linked = store.insert_change_link(&link, &ada.id, 0, world.after(60));
                    linked.await.unwrap();
                    let chosen = store.choose_password(&link, "phc".into(), world.now());
                    chosen.await.unwrap();
                }
            }
        }
        assert_eq!(due(world).await, ["shop", "wiki"], "{way}");
        for client in ["shop", "wiki"] {
            let notices = claim(world, client, 10).await;
            let [notice] = notices.as_slice() else {
                panic!("{way}: {notices:?}")
            };
            assert_eq!((&notice.session, &notice.user), (&session.id, &ada.id));
            assert_eq!((notice.ended, notice.tries), (world.now(), 1));
            assert!(store.settle_logout(notice).await.unwrap());
        }
        assert_eq!(store.count_logouts().await.unwrap(), 0);
    }
}

async fn a_code_redeemed_after_the_end_queues_nothing(world: &World) {
    let ada = world.user("ada").await;
    let session = world.session(&ada).await;
    for (id, expected) in [("in-time", Redeemed::First), ("late", Redeemed::Over)] {
        let grant = world.grant(id, &ada, Some(&session));
        let redeemed = world.store.redeem_grant(&grant, &session.id).await.unwrap();
        assert_eq!(redeemed, expected);
        let ended = world.store.end_session(&session.id, world.now());
        ended.await.unwrap();
        assert_eq!(world.store.count_logouts().await.unwrap(), 1, "{id}");
    }
}

async fn a_session_nobody_comes_back_to_ends_by_itself(world: &World) {
    let ada = world.user("ada").await;
    let idle = opened(world, &ada, &["shop"]).await;
    let begun = world.now();
    world.clock.advance(Duration::from_secs(100));
    let used = opened(world, &ada, &["shop"]).await;
    let never = begun.minus(Duration::from_secs(1));
    let expire = async |idle, old, most| world.store.end_expired(idle, old, most).await.unwrap();
    assert_eq!(expire(never, never, 10).await, 0);
    assert_eq!(expire(begun, never, 10).await, 1);
    assert_eq!(expire(begun, never, 10).await, 0);
    let ended = async |id| world.store.load_session(id).await.unwrap().unwrap().ended;
    assert_eq!(ended(&idle.id).await, Some(world.now()));
    assert_eq!(ended(&used.id).await, None);
    assert_eq!(claim(world, "shop", 10).await[0].session, idle.id);

    opened(world, &ada, &[]).await;
    let now = world.now();
    assert_eq!(expire(never, now, 1).await, 1, "too old, however much used");
    assert_eq!(expire(never, now, 10).await, 1);
}

async fn of_two_nodes_one_takes_a_notice_on(world: &World) {
    let other = world.other().await;
    let ada = world.user("ada").await;
    for _ in 0..8 {
        let session = opened(world, &ada, &["shop"]).await;
        let ended = world.store.end_session(&session.id, world.now());
        ended.await.unwrap();
    }
    let claim = Claim {
        now: world.now(),
        until: world.after(30),
        most: 5,
    };
    let (issuer, client) = (&crate::base::IssuerId::new("main"), &"shop".into());
    let (one, two) = futures::join!(
        world.store.claim_logouts(issuer, client, claim),
        other.claim_logouts(issuer, client, claim),
    );
    let (mut all, two) = (one.unwrap(), two.unwrap());
    assert!(all.len() <= 5 && two.len() <= 5);
    all.extend(two);
    all.extend(
        world
            .store
            .claim_logouts(issuer, client, claim)
            .await
            .unwrap(),
    );
    let sessions: std::collections::BTreeSet<_> = all.iter().map(|one| &one.session).collect();
    assert_eq!(
        (all.len(), sessions.len()),
        (8, 8),
        "each once, all of them"
    );
}

async fn a_notice_that_nothing_was_heard_of_falls_due_again(world: &World) {
    let session = opened(world, &world.user("ada").await, &["shop"]).await;
    let ended = world.store.end_session(&session.id, world.now());
    ended.await.unwrap();
    let lost = claim(world, "shop", 1).await.remove(0);
    assert_eq!(claim(world, "shop", 1).await, []);
    world.clock.advance(Duration::from_secs(30));
    let again = claim(world, "shop", 1).await.remove(0);
    assert_eq!((lost.tries, again.tries), (1, 2));
    // Who took it on first is back, too late to settle anything.
    assert!(!world.store.settle_logout(&lost).await.unwrap());
    let late = world.store.postpone_logout(&lost, world.now(), None);
    late.await.unwrap();
    assert_eq!(claim(world, "shop", 1).await, []);
    assert!(world.store.settle_logout(&again).await.unwrap());
    assert_eq!(world.store.count_logouts().await.unwrap(), 0);
}

async fn a_resting_client_holds_back_nobody_else(world: &World) {
    let ada = world.user("ada").await;
    for _ in 0..2 {
        let session = opened(world, &ada, &["dead", "shop"]).await;
        let ended = world.store.end_session(&session.id, world.now());
        ended.await.unwrap();
    }
    let failed = claim(world, "dead", 1).await.remove(0);
    let rest = Some(world.after(60));
    let postponed = world.store.postpone_logout(&failed, world.after(10), rest);
    postponed.await.unwrap();
    assert_eq!(due(world).await, ["shop"]);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(claim(world, "dead", 10).await.len(), 2);
}
