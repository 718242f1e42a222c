use super::*;
use crate::base::Clock;
use crate::keys::MasterKey;
use crate::model::{Amr, Login, User};
use crate::session::feed;
use crate::session::presence::{Instant, Presence, Present};
use crate::store::{Database, MasterKeySource, StoreSettings};
use std::time::Duration;

/// The longest a session cookie may grow.
const LONGEST_COOKIE: usize = 300;
const HOST: &str = "wiki.example.com";

struct House {
    sessions: Sessions,
    store: Store,
    clock: Clock,
    user: User,
}

async fn house() -> House {
    house_in(Database::Memory).await
}

async fn house_in(database: Database) -> House {
    let (clock, rng) = (
        Clock::fake(Timestamp::from_seconds(1_800_000_000)),
        Rng::system(),
    );
    let settings = StoreSettings {
        database,
        key: MasterKeySource::Ephemeral,
    };
    let store = Store::open(&settings, clock.clone(), rng.clone())
        .await
        .unwrap();
    let now = clock.now();
    let user = User {
        id: UserId::random(&rng).unwrap(),
        login: Login::parse("ada").unwrap(),
        username: "ada".into(),
        name: "Ada".into(),
        email: Some("ada@example.com".into()),
        email_verified: true,
        groups: vec![],
        tenants: vec![],
        attributes: std::collections::BTreeMap::default(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    };
    store.insert_user(&user, None).await.unwrap();
    let sealer = Sealer::new(
        &MasterKey::ephemeral(&rng).unwrap(),
        clock.clone(),
        rng.clone(),
    );
    let revocations = Revocations::new(Duration::from_hours(1));
    let sessions = Sessions::new(
        store.clone(),
        sealer,
        clock.clone(),
        rng,
        SessionSettings::default(),
        revocations,
    );
    let follower = sessions.clone();
    store.on_event(move |event| feed::apply(&follower, event));
    House {
        sessions,
        store,
        clock,
        user,
    }
}

impl House {
    async fn sign_in(&self) -> (Session, Vec<u8>) {
        let proven = Proven {
            user: self.user.id.clone(),
            epoch: 0,
            amr: vec![Amr::Pwd],
            at: self.clock.now(),
        };
        let session = self
            .sessions
            .start(&proven, Device::default())
            .await
            .unwrap()
            .unwrap();
        let cookie = self.sessions.cookie(&session, HOST).unwrap();
        (session, pair_of(&cookie))
    }

    fn watch(&self, session: &Session) -> crate::session::LiveGuard {
        let live = self.sessions.live();
        live.watch(&session.id, &session.user, Duration::from_hours(1))
    }

    async fn who(&self, line: &[u8]) -> Option<Present> {
        match self.sessions.presence([line], HOST).await.unwrap() {
            Presence::Anonymous => None,
            Presence::Present(present) => Some(present),
        }
    }
}

fn pair_of(set_cookie: &str) -> Vec<u8> {
    set_cookie.split(';').next().unwrap().as_bytes().to_vec()
}

#[tokio::test]
async fn inside_the_lease_a_cookie_is_believed_from_memory_and_only_on_its_host() {
    let house = house().await;
    let (session, line) = house.sign_in().await;
    let Instant::Known(lease) = house.sessions.presence_now([&line[..]], HOST) else {
        panic!()
    };
    assert_eq!(lease.session, session.id);
    // Twice: the second look is answered from the memo.
    for _ in 0..2 {
        let elsewhere = house
            .sessions
            .presence_now([&line[..]], "other.example.com");
        assert!(matches!(elsewhere, Instant::Anonymous));
    }
    assert!(line.len() < LONGEST_COOKIE, "{}", line.len());
}

#[tokio::test]
async fn past_the_lease_the_row_is_read_and_the_cookie_renewed() {
    let house = house().await;
    let (_, line) = house.sign_in().await;
    house.clock.advance(Duration::from_secs(601));
    let renewed = house.who(&line).await.unwrap().renewed.unwrap();
    let present = house.who(&pair_of(&renewed)).await.unwrap();
    assert_eq!(present.renewed, None);
}

#[tokio::test]
async fn ending_a_session_voids_its_cookie_at_once_and_closes_what_is_open() {
    let house = house().await;
    let (session, line) = house.sign_in().await;
    let (other, other_line) = house.sign_in().await;
    let mut open = house.watch(&session);
    let other_open = house.watch(&other);
    assert!(house.sessions.end(&session.id).await.unwrap());
    assert!(!house.sessions.end(&session.id).await.unwrap());
    open.ended().await;
    assert!(house.who(&line).await.is_none());
    assert!(house.who(&other_line).await.is_some());
    assert!(!other_open.has_ended());
}

#[tokio::test]
async fn cks_13_an_idle_or_old_session_is_refused_by_the_server_whatever_max_age_says() {
    let idle = house().await;
    let (_, line) = idle.sign_in().await;
    idle.clock.advance(Duration::from_hours(8));
    assert!(idle.who(&line).await.is_none());

    let old = house().await;
    let (_, mut line) = old.sign_in().await;
    for _ in 0..7 * 24 {
        if let Some(renewed) = old.who(&line).await.unwrap().renewed {
            line = pair_of(&renewed);
        }
        old.clock.advance(Duration::from_hours(1));
    }
    assert!(old.who(&line).await.is_none());
}

#[tokio::test]
async fn cks_10_a_changed_cookie_is_nobodys() {
    let house = house().await;
    let (_, line) = house.sign_in().await;
    let mut longer = line.clone();
    longer.push(b'A');
    let swapped: Vec<u8> = {
        let (name, value) = line.split_at("__Host-doorward=".len());
        let flipped = value.iter().map(|byte| {
            if byte.is_ascii_lowercase() {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }
        });
        name.iter().copied().chain(flipped).collect()
    };
    let shorter = line[..line.len() - 1].to_vec();
    let encoded = [b"__Host-doorward=%", &line["__Host-doorward=".len()..]].concat();
    for changed in [longer, swapped, shorter, encoded] {
        assert!(house.who(&changed).await.is_none());
    }
    assert!(house.who(&line).await.is_some());
}

#[tokio::test]
async fn a_disabled_user_is_nobody_although_the_cookie_still_opens() {
    let house = house().await;
    let (_, line) = house.sign_in().await;
    let mut user = house.user.clone();
    user.disabled = true;
    house.store.update_user(&user).await.unwrap();
    assert!(house.who(&line).await.is_none());
}

#[tokio::test]
async fn a_session_that_has_ended_is_not_given_out_again_by_a_lease_made_meanwhile() {
    let house = house().await;
    let (session, line) = house.sign_in().await;
    house.clock.advance(Duration::from_secs(601));
    // Read before the end, sealed after it: what a request that waited for the writer would hold.
    let row = house.sessions.load(&session.id).await.unwrap().unwrap();
    house.sessions.end(&session.id).await.unwrap();
    house.clock.advance(Duration::from_millis(5));
    let late = pair_of(&house.sessions.cookie(&row, HOST).unwrap());
    assert!(house.who(&late).await.is_none());
    assert!(house.who(&line).await.is_none());
    let now = house.clock.now();
    assert!(!house.store.touch_session(&session.id, now).await.unwrap());
    assert!(
        house
            .sessions
            .join(&session.id, HOST)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn while_nothing_can_be_written_a_lapsed_lease_is_renewed_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let house = house_in(Database::Sqlite(path.clone())).await;
    let (session, line) = house.sign_in().await;
    let lock = crate::store::Locked::take(&path).await;
    house.clock.advance(Duration::from_secs(601));
    let renewed = house.who(&line).await.unwrap().renewed.unwrap();
    assert!(house.who(&pair_of(&renewed)).await.is_some());
    let written = house.store.load_session(&session.id).await.unwrap();
    assert_eq!(written, Some(session), "it could be written after all");
    lock.release().await;
}

#[tokio::test]
async fn a_lapsed_cookie_sent_again_and_again_is_written_down_once() {
    let house = house().await;
    let (session, line) = house.sign_in().await;
    house.clock.advance(Duration::from_secs(601));
    for _ in 0..50 {
        assert!(house.who(&line).await.is_some());
    }
    let seen = house.sessions.0.seen.get(&session.id);
    assert_eq!(seen, Some(house.clock.now()));
    house.clock.advance(Duration::from_secs(1));
    assert!(house.who(&line).await.is_some());
    assert_eq!(house.sessions.0.seen.get(&session.id), seen);
    // Another change behind it in the queue: what was queued before is committed.
    house.store.is_writable().await;
    house
        .sessions
        .note_route(&session.id, "wiki")
        .await
        .unwrap();
    let read = house
        .store
        .load_session(&session.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Some(read.last_seen), seen);
}
