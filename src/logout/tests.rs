//! Logout tokens on their way to clients on this machine, with a clock in the test's hand.

mod described;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::patience::LONGEST;
use super::*;
use crate::base::encoding::from_base64url;
use crate::base::{SessionId, Timestamp};
use crate::identity::Described;
use crate::keys::{Audience, Expected, Expiry, JwtType, MasterKey, Sealer};
use crate::model::{
    Algorithm, AuditRecord, Client, Device, Login, Proven, User, client::SubjectType,
};
use crate::outbound::{OutboundSettings, Reach};
use crate::session::{Revocations, SessionSettings, Sessions};
use crate::store::{Database, MasterKeySource, StoreSettings};
use crate::telemetry::audit::Forward;
use crate::tokens::{KeyOwner, Keyrings};

/// A relying party: answers as it is told to, and keeps what it was sent.
struct Listener {
    at: SocketAddr,
    status: Arc<Mutex<u16>>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let status = Arc::new(Mutex::new(status));
        let received = Arc::<Mutex<Vec<String>>>::default();
        let (says, keeps) = (status.clone(), received.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !is_whole(&request) {
                    let mut part = [0; 4096];
                    let read = stream.read(&mut part).await.unwrap();
                    request.extend_from_slice(&part[..read]);
                }
                keeps.lock().push(String::from_utf8(request).unwrap());
                let status = *says.lock();
                let answer = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            at,
            status,
            received,
        }
    }

    fn uri(&self) -> String {
        format!("http://{}/out", self.at)
    }

    fn says(&self, status: u16) {
        *self.status.lock() = status;
    }

    fn count(&self) -> usize {
        self.received.lock().len()
    }

    /// The token of the last request, which must be a form with nothing else in it.
    fn token(&self) -> String {
        let requests = self.received.lock();
        let request = requests.last().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /out http/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-www-form-urlencoded"));
        body.strip_prefix("logout_token=").unwrap().to_owned()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.unwrap().parse().unwrap()
}

struct World {
    courier: Courier,
    logout: Logout,
    sessions: Sessions,
    store: Store,
    tokens: Tokens,
    clock: Clock,
    audited: Arc<Mutex<Vec<AuditRecord>>>,
    metrics: Metrics,
}

fn terms(name: &str) -> Terms {
    Terms {
        algs: vec![Algorithm::EdDSA],
        ..crate::tokens::tests::terms(name)
    }
}

async fn world(clients: Vec<Client>) -> World {
    world_with(clients, None).await
}

async fn world_with(clients: Vec<Client>, described: Option<Arc<dyn Described>>) -> World {
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let rng = Rng::system();
    let settings = StoreSettings {
        database: Database::Memory,
        key: MasterKeySource::Ephemeral,
    };
    let store = Store::open(&settings, clock.clone(), rng.clone());
    let store = store.await.unwrap();
    store.insert_user(&alice(), None).await.unwrap();
    let sealer = Sealer::new(
        &MasterKey::ephemeral(&rng).unwrap(),
        clock.clone(),
        rng.clone(),
    );
    let owners = ["production", "beta"].map(|name| KeyOwner {
        name: KeyOwner::issuer_name(&name.into()),
        algs: vec![Algorithm::ES256, Algorithm::EdDSA],
        ..KeyOwner::gateway()
    });
    let keyrings = Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        owners,
    );
    let keyrings = keyrings.await.unwrap();
    let sessions = Sessions::new(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        SessionSettings::default(),
        Revocations::new(Duration::from_hours(1)),
    );
    let tokens = Tokens::new(
        store.clone(),
        sealer,
        keyrings,
        sessions.clone(),
        clock.clone(),
        rng.clone(),
    );
    let audited = Arc::<Mutex<Vec<AuditRecord>>>::default();
    let sink = audited.clone();
    let forward: Forward = Arc::new(move |record: &AuditRecord| sink.lock().push(record.clone()));
    let metrics = Metrics::new().unwrap();
    let outbound = OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    };
    let mut clients = Clients::new(clients, store.clone());
    if let Some(described) = described {
        clients = clients.and_described(described);
    }
    let logout = Logout::new(Parts {
        terms: vec![terms("production"), terms("beta")],
        clients,
        store: store.clone(),
        tokens: tokens.clone(),
        outbound: Outbound::new(&outbound).unwrap(),
        audit: Audit::start(None, Some(forward), &metrics).unwrap(),
        metrics: metrics.clone(),
        clock: clock.clone(),
        rng,
    });
    World {
        courier: Courier::new(logout.clone()),
        logout,
        sessions,
        store,
        tokens,
        clock,
        audited,
        metrics,
    }
}

fn alice() -> User {
    User {
        id: "u-alice".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".to_owned(),
        name: String::new(),
        email: None,
        email_verified: false,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::from_seconds(1_700_000_000),
        updated: Timestamp::from_seconds(1_700_000_000),
        epoch: 0,
    }
}

fn client(id: &str, issuer: &str, uri: impl Into<Option<String>>) -> Client {
    let mut client = Client::new(id, issuer);
    client.logout.backchannel = uri.into();
    client
}

impl World {
    /// A session in which alice opened these clients.
    async fn opened(&self, clients: &[(&str, &str)]) -> SessionId {
        let proven = Proven {
            user: "u-alice".into(),
            epoch: 0,
            amr: Vec::new(),
            at: self.clock.now(),
        };
        let session = self.sessions.start(&proven, Device::default()).await;
        let id = session.unwrap().unwrap().id;
        for (issuer, client) in clients {
            let names = (&(*issuer).into(), &(*client).into());
            let noted = self.store.note_client(&id, names, self.clock.now());
            assert!(noted.await.unwrap());
        }
        id
    }

    /// The same, signed out of again.
    async fn signed_out(&self, clients: &[(&str, &str)]) -> SessionId {
        let id = self.opened(clients).await;
        assert!(self.sessions.end(&id).await.unwrap());
        id
    }

    /// Tells whom it can now, until nothing is due.
    async fn deliver(&mut self) {
        while self.courier.take_on().await.unwrap() {
            self.courier.finish().await;
        }
    }

    async fn waiting(&self) -> i64 {
        self.store.count_logouts().await.unwrap()
    }

    fn audited(&self) -> Vec<(&'static str, bool)> {
        let records = self.audited.lock();
        records.iter().map(|r| (r.reason, r.ok)).collect()
    }
}

fn part(jwt: &str, at: usize) -> Value {
    let part = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_logout_token_says_who_where_and_which_session_and_nothing_else() {
    let shop = Listener::start(200).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    let session = world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    let token = shop.token();
    let header = part(&token, 0);
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&json!("logout+jwt"), &json!("EdDSA"))
    );
    let mut claims = part(&token, 1);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(jti.as_str().unwrap().len() >= 22);
    assert_eq!(
        claims,
        json!({
            "iss": "https://gw.test/production",
            "aud": "shop",
            "sub": "u-alice",
            "sid": session,
            "iat": 1_800_000_000,
            "exp": 1_800_000_120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    );
    let keyrings = world.tokens.keyrings();
    let ring = keyrings.ring(&KeyOwner::issuer_name(&"production".into()));
    let expected = Expected {
        typ: JwtType::Logout,
        issuer: "https://gw.test/production",
        audience: Audience::Is("shop"),
        expiry: Expiry::Enforced,
    };
    let verified = ring.unwrap().verify(&token, &expected, world.clock.now());
    assert!(verified.is_ok());
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.audited(), [("backchannel_told", true)]);
    let metrics = world.metrics.render().unwrap();
    assert!(metrics.contains("doorward_backchannel_logouts_total{outcome=\"told\"} 1"));
}

#[tokio::test]
async fn every_client_of_every_issuer_is_told_by_its_own_issuer_and_no_other() {
    let (shop, wiki) = (Listener::start(200).await, Listener::start(204).await);
    let pairwise = Client {
        subject_type: SubjectType::Pairwise { sector_uri: None },
        ..client("wiki", "beta", wiki.uri())
    };
    let clients = vec![
        client("shop", "production", shop.uri()),
        pairwise,
        client("silent", "beta", None),
        client("moved", "beta", shop.uri()),
    ];
    let mut world = world(clients).await;
    let session = world
        .signed_out(&[
            ("production", "shop"),
            ("beta", "wiki"),
            ("beta", "silent"),
            ("production", "moved"),
            ("gone", "shop"),
            ("beta", "unknown"),
        ])
        .await;
    world.deliver().await;
    assert_eq!(
        (shop.count(), wiki.count(), world.waiting().await),
        (1, 1, 0)
    );
    let said = part(&wiki.token(), 1);
    assert_eq!(said["iss"], "https://gw.test/beta");
    for (claim, plain) in [("sub", "u-alice"), ("sid", session.as_str())] {
        assert!(said[claim].is_string() && said[claim] != plain, "{claim}");
    }
}

#[tokio::test]
async fn a_client_that_was_away_is_told_when_it_is_back_by_a_fresh_token() {
    let shop = Listener::start(503).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    let first = shop.token();
    world.deliver().await;
    assert_eq!(shop.count(), 1, "not again at once");
    world.clock.advance(Duration::from_secs(2));
    world.deliver().await;
    let second = shop.token();
    assert_eq!((shop.count(), world.waiting().await), (2, 1));
    let (first, second) = (part(&first, 1), part(&second, 1));
    assert_eq!(first["sid"], second["sid"]);
    assert!(first["jti"] != second["jti"] && first["iat"] != second["iat"]);
    shop.says(200);
    world.clock.advance(Duration::from_secs(4));
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (3, 0));
    assert_eq!(world.audited(), [("backchannel_told", true)]);
}

#[tokio::test]
async fn a_client_that_refuses_is_not_asked_again() {
    let shop = Listener::start(400).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (1, 0));
    assert_eq!(world.audited(), [("backchannel_refused", false)]);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_no_yes() {
    let shop = Listener::start(302).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (1, 1));
}

#[tokio::test]
async fn after_a_day_a_client_is_given_up_and_that_is_written_down() {
    let mut world = world(vec![client(
        "shop",
        "production",
        "http://127.0.0.1:1/".to_owned(),
    )])
    .await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!(world.waiting().await, 1);
    world.clock.advance(LONGEST);
    world.deliver().await;
    assert_eq!(world.waiting().await, 1, "a day is not over yet");
    world.clock.advance(LONGEST);
    world.deliver().await;
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.audited(), [("backchannel_given_up", false)]);
}

#[tokio::test]
async fn a_dead_client_rests_and_holds_back_nobody_else() {
    let (dead, shop) = (Listener::start(500).await, Listener::start(200).await);
    let clients = vec![
        client("dead", "production", dead.uri()),
        client("shop", "production", shop.uri()),
    ];
    let mut world = world(clients).await;
    for _ in 0..20 {
        let both = [("production", "dead"), ("production", "shop")];
        world.signed_out(&both).await;
    }
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (20, 20));
    assert!(
        dead.count() < 12,
        "{} attempts before it rested",
        dead.count()
    );
    let before = dead.count();
    world.clock.advance(Duration::from_secs(5));
    world.deliver().await;
    assert_eq!(dead.count(), before, "it rests");
    world.clock.advance(Duration::from_mins(1));
    assert!(world.courier.take_on().await.unwrap());
    world.courier.finish().await;
    assert_eq!(dead.count(), before + 1, "one at a time after a rest");
    dead.says(200);
    world.clock.advance(Duration::from_mins(10));
    world.deliver().await;
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn frames_name_issuer_and_session_of_clients_that_want_them() {
    let front = |id: &str, issuer, uri: &str| {
        let mut client = client(id, issuer, None);
        client.logout.frontchannel = Some(uri.to_owned());
        client
    };
    let pairwise = Client {
        subject_type: SubjectType::Pairwise { sector_uri: None },
        ..front("wiki", "beta", "https://wiki.test/out?x=1")
    };
    let clients = vec![
        front("shop", "production", "https://shop.test/out"),
        pairwise,
        client("silent", "production", None),
    ];
    let world = world(clients).await;
    let opened = [
        ("production", "shop"),
        ("beta", "wiki"),
        ("production", "silent"),
    ];
    let session = world.signed_out(&opened).await;
    let frames = world.logout.frames(&session).await;
    let wiki = world.tokens.sid(
        &terms("beta"),
        &Client {
            subject_type: SubjectType::Pairwise { sector_uri: None },
            ..Client::new("wiki", "beta")
        },
        &session,
    );
    assert_eq!(
        frames,
        [
            format!("https://shop.test/out?iss=https%3A%2F%2Fgw.test%2Fproduction&sid={session}"),
            format!("https://wiki.test/out?x=1&iss=https%3A%2F%2Fgw.test%2Fbeta&sid={wiki}"),
        ]
    );
}
