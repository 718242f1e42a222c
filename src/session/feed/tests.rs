//! Two processes on one database file: what a command does reaches the server beside it.

use std::path::Path;

use futures::FutureExt as _;

use super::*;
use crate::base::Rng;
use crate::keys::{MasterKey, Sealer};
use crate::model::{Amr, Device, Login, Proven, User};
use crate::session::{Instant, Revocations, SessionSettings};
use crate::store::{Database, MasterKeySource, StoreSettings};

const HOST: &str = "wiki.example.com";
const KEEP: Duration = Duration::from_hours(1);

async fn open(path: &Path) -> Store {
    let settings = StoreSettings {
        database: Database::Sqlite(path.to_owned()),
        key: MasterKeySource::Ephemeral,
    };
    let store = Store::open(&settings, Clock::system(), Rng::system());
    store.await.unwrap()
}

fn sessions(store: &Store, key: &MasterKey) -> Sessions {
    let (clock, rng) = (Clock::system(), Rng::system());
    let sealer = Sealer::new(key, clock.clone(), rng.clone());
    let settings = SessionSettings::default();
    let revocations = Revocations::new(KEEP);
    Sessions::new(store.clone(), sealer, clock, rng, settings, revocations)
}

async fn follow(store: &Store, sessions: &Sessions) -> Feed {
    let follower = sessions.clone();
    let apply: Handler = Arc::new(move |event| super::apply(&follower, event));
    let feed = Feed::load(store.clone(), Clock::system(), KEEP, vec![apply]);
    feed.await.unwrap()
}

async fn ada(store: &Store) -> User {
    let now = Clock::system().now();
    let ada = User {
        id: "ada".into(),
        login: Login::parse("ada").unwrap(),
        username: "ada".to_owned(),
        name: String::new(),
        email: None,
        email_verified: false,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: [].into(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    };
    store.insert_user(&ada, None).await.unwrap();
    ada
}

async fn sign_in(sessions: &Sessions, user: &User) -> (crate::base::SessionId, Vec<u8>) {
    let proven = Proven {
        user: user.id.clone(),
        epoch: 0,
        amr: vec![Amr::Pwd],
        at: Clock::system().now(),
    };
    let started = sessions.start(&proven, Device::default());
    let session = started.await.unwrap().unwrap();
    let cookie = sessions.cookie(&session, HOST).unwrap();
    let pair = cookie.split(';').next().unwrap();
    (session.id, pair.as_bytes().to_vec())
}

#[tokio::test]
async fn a_poll_voids_what_another_process_ended_and_closes_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let (server, command) = (open(&path).await, open(&path).await);
    let key = MasterKey::ephemeral(&Rng::system()).unwrap();
    let sessions = sessions(&server, &key);
    let mut feed = follow(&server, &sessions).await;
    let ada = ada(&command).await;
    let (id, cookie) = sign_in(&sessions, &ada).await;
    let mut open = sessions
        .live()
        .watch(&id, &"ada".into(), Duration::from_hours(1));
    let presence = || sessions.presence_now([&cookie[..]], HOST);
    feed.poll().await.unwrap();
    assert!(matches!(presence(), Instant::Known(_)));

    let disable = command.change_user(&ada.id, |user| user.disabled = true);
    disable.await.unwrap().unwrap();
    assert!(open.ended().now_or_never().is_none(), "it cannot know yet");
    feed.poll().await.unwrap();
    assert!(open.ended().now_or_never().is_some());
    let Instant::Ask(lease) = presence() else {
        panic!("the lease is still believed");
    };
    let renewed = sessions.renew(&lease, HOST).await.unwrap();
    assert!(matches!(renewed, crate::session::Presence::Anonymous));
}

#[tokio::test]
async fn the_feed_looks_by_itself_and_four_times_a_second() {
    assert!(
        POLL <= Duration::from_millis(250),
        "a second would pass too soon"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let (server, command) = (open(&path).await, open(&path).await);
    let key = MasterKey::ephemeral(&Rng::system()).unwrap();
    let sessions = sessions(&server, &key);
    let feed = follow(&server, &sessions).await;
    let following = tokio::spawn(feed.run(sessions.clone(), Metrics::new().unwrap()));
    let ada = ada(&command).await;
    for _ in 0..3 {
        let (id, _) = sign_in(&sessions, &ada).await;
        let mut open = sessions
            .live()
            .watch(&id, &"ada".into(), Duration::from_hours(1));
        assert!(
            command
                .end_session(&id, Clock::system().now())
                .await
                .unwrap()
        );
        open.ended().await;
    }
    following.abort();
}

#[tokio::test]
async fn a_process_that_starts_later_knows_what_was_ended_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let key = MasterKey::ephemeral(&Rng::system()).unwrap();
    let first = open(&path).await;
    let before = sessions(&first, &key);
    let (id, cookie) = sign_in(&before, &ada(&first).await).await;
    before.end(&id).await.unwrap();

    let second = open(&path).await;
    let after = sessions(&second, &key);
    let known = after.presence_now([&cookie[..]], HOST);
    assert!(matches!(known, Instant::Known(_)), "nothing else voids it");
    follow(&second, &after).await;
    let asked = after.presence_now([&cookie[..]], HOST);
    assert!(matches!(asked, Instant::Ask(_)));
}

/// A feed over `clock`, whose database file another handle writes to as well.
async fn followed(dir: &Path, clock: &Clock) -> (Store, Sessions, Feed, Store) {
    let path = dir.join("doorward.db");
    let settings = StoreSettings {
        database: Database::Sqlite(path.clone()),
        key: MasterKeySource::Ephemeral,
    };
    let (ours, theirs) = (
        Store::open(&settings, clock.clone(), Rng::system()),
        Store::open(&settings, clock.clone(), Rng::system()),
    );
    let (ours, theirs) = (ours.await.unwrap(), theirs.await.unwrap());
    let key = MasterKey::ephemeral(&Rng::system()).unwrap();
    let sealer = Sealer::new(&key, clock.clone(), Rng::system());
    let sessions = Sessions::new(
        ours.clone(),
        sealer,
        clock.clone(),
        Rng::system(),
        SessionSettings::default(),
        Revocations::new(KEEP),
    );
    let (applied, forgotten) = (sessions.clone(), sessions.clone());
    let handler: Handler = Arc::new(move |event| super::apply(&applied, event));
    let feed = Feed::load(ours.clone(), clock.clone(), KEEP, vec![handler]);
    let forget: Forget = Arc::new(move |before| super::forget(&forgotten, before));
    let feed = feed.await.unwrap().forgetting(vec![forget]);
    (ours, sessions, feed, theirs)
}

#[tokio::test]
async fn what_happened_while_the_feed_could_not_be_read_is_handled_however_long_that_was() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let (ours, sessions, mut feed, theirs) = followed(dir.path(), &clock).await;
    let (id, _) = sign_in(&sessions, &ada(&ours).await).await;
    let open = sessions.live().watch(&id, &"ada".into(), KEEP);
    theirs.end_session(&id, clock.now()).await.unwrap();
    clock.advance(5 * KEEP);
    feed.poll().await.unwrap();
    assert!(open.has_ended());
}

#[tokio::test]
async fn after_a_gap_longer_than_events_are_kept_nothing_remembered_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let (ours, sessions, mut feed, _theirs) = followed(dir.path(), &clock).await;
    let (id, cookie) = sign_in(&sessions, &ada(&ours).await).await;
    let open = sessions.live().watch(&id, &"ada".into(), 1000 * KEEP);
    clock.advance(GAP + KEEP);
    let (_, fresh) = sign_in(
        &sessions,
        &ours.load_user(&"ada".into()).await.unwrap().unwrap(),
    )
    .await;
    feed.poll().await.unwrap();
    assert!(open.has_ended());
    for cookie in [&cookie, &fresh] {
        let presence = sessions.presence_now([&cookie[..]], HOST);
        assert!(matches!(presence, Instant::Ask(_)));
    }
}
