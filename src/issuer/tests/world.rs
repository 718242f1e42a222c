//! A site with two issuers, four clients and two people, and what programs send to it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt;

use super::browser::{Answer, Browser};
use super::elsewhere::Elsewhere;
pub use super::registry::*;
use crate::base::encoding::{base64url, from_base64url, sha256};
use crate::base::{Clock, RequestId, Rng, Secret, Timestamp};
use crate::flow::Flow;
use crate::identity::{ClientKeyrings, Clients, Directory};
use crate::issuer::{Documents, Issuer, IssuerSettings, IssuerState, router};
use crate::keys::{MasterKey, Sealer};
use crate::logout::{self, Logout};
use crate::model::{Algorithm, AuditRecord, Client, LoginMethod};
use crate::outbound::{Outbound, OutboundSettings, Reach};
use crate::session::{Revocations, SessionSettings, Sessions, feed};
use crate::store::{Database, MasterKeySource, Store, StoreSettings};
use crate::telemetry::{Audit, Metrics};
use crate::tokens::{Keyrings, Terms, Tokens};
use crate::web::{Inbound, Kit, site};

pub const SITE: &str = "https://gw.test";
pub const PROD: &str = "/production/oidc";
pub const BETA: &str = "/beta/oidc";
pub const C1_CB: &str = "https://c1.test/cb";
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-all";

pub struct World {
    pub site: Router,
    pub store: Store,
    pub sessions: Sessions,
    pub clock: Clock,
    pub tokens: Tokens,
    pub audited: Arc<Mutex<Vec<AuditRecord>>>,
    state: IssuerState,
    registered: Vec<Client>,
}

/// C1, C2 and B1 are confidential, P1 is public; `change` may alter them before they are registered.
pub async fn world_with(change: impl FnOnce(&mut Vec<Client>)) -> World {
    build(change, &[Algorithm::ES256], outbound(), |_| {}).await
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

/// With other issuers.
pub async fn world_adjusted(adjust: impl Fn(&mut IssuerSettings)) -> World {
    build(|_| {}, &[Algorithm::ES256], outbound(), adjust).await
}

/// In which apps may watch sessions.
pub async fn watched_world() -> World {
    world_adjusted(|issuer| issuer.session_management = true).await
}

/// With a key of every algorithm there is, as a server has; RSA keys take their time.
pub async fn world_with_every_key() -> World {
    let all = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA];
    build(|_| {}, &all, outbound(), |_| {}).await
}

/// With calls to `elsewhere`, whose addresses may be client ids, and RSA keys.
pub async fn world_calling(elsewhere: &Elsewhere) -> World {
    let all = [Algorithm::ES256, Algorithm::RS256];
    let hosts = vec![elsewhere.host()];
    let admit = |issuer: &mut IssuerSettings| issuer.registration.metadata_hosts = hosts.clone();
    build(|_| {}, &all, elsewhere.outbound(), admit).await
}

/// Calls servers on this machine, as tests start them.
fn outbound() -> Outbound {
    Outbound::new(&OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    })
    .unwrap()
}

async fn peopled_store(clock: &Clock, rng: &Rng) -> Store {
    let settings = StoreSettings {
        database: Database::Memory,
        key: MasterKeySource::Given(Secret::new(vec![0; 32])),
    };
    let store = Store::open(&settings, clock.clone(), rng.clone());
    let store = store.await.unwrap();
    for user in ["alice", "bob"] {
        store.insert_user(&person(user), None).await.unwrap();
    }
    store
}

fn registered() -> Vec<Client> {
    let b1 = Client {
        issuer: "beta".into(),
        ..confidential("b1")
    };
    vec![confidential("c1"), confidential("c2"), client("p1"), b1]
}

fn kit(sealer: &Sealer, rng: Rng) -> Kit {
    let kit = Kit::new(SITE, "Acme login", sealer.clone(), rng);
    kit.unwrap().branded(&brands())
}

async fn build(
    change: impl FnOnce(&mut Vec<Client>),
    algs: &[Algorithm],
    outbound: Outbound,
    adjust: impl Fn(&mut IssuerSettings),
) -> World {
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let rng = Rng::system();
    let store = peopled_store(&clock, &rng).await;
    let sealer = Sealer::new(
        &MasterKey::ephemeral(&rng).unwrap(),
        clock.clone(),
        rng.clone(),
    );
    let sessions = Sessions::new(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        SessionSettings::default(),
        Revocations::new(Duration::from_hours(1)),
    );
    let mut registered = registered();
    change(&mut registered);
    let mut issuers = [issuer("production", PROD), issuer("beta", BETA)];
    issuers.iter_mut().for_each(adjust);
    let documents = Documents::new(issuers.clone(), outbound.clone(), clock.clone());
    let clients = Clients::governed(registered.clone(), store.clone(), owners())
        .and_described(Arc::new(documents));
    let directory = Directory::new(store.clone());
    let noted = (sessions.clone(), directory.clone(), clients.clone());
    store.on_event(move |event| {
        feed::apply(&noted.0, event);
        noted.1.note(event);
        noted.2.note(event);
    });
    let watched = issuers.iter().any(|issuer| issuer.session_management);
    let keyrings = Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        issuers.iter().map(Issuer::key_owner).map(|mut owner| {
            owner.algs.retain(|alg| algs.contains(alg));
            owner
        }),
    )
    .await
    .unwrap();
    let tokens = Tokens::new(
        store.clone(),
        sealer.clone(),
        keyrings,
        sessions.clone(),
        clock.clone(),
        rng.clone(),
    );
    let kit = kit(&sealer, rng).watchable(watched);
    let audited = Arc::<Mutex<Vec<AuditRecord>>>::default();
    let sink = audited.clone();
    let metrics = Metrics::new().unwrap();
    let forward: crate::telemetry::audit::Forward =
        Arc::new(move |record: &AuditRecord| sink.lock().push(record.clone()));
    let audit = Audit::start(None, Some(forward), &metrics).unwrap();
    let logout = Logout::new(logout::Parts {
        terms: issuers.iter().map(Terms::from).collect(),
        store: store.clone(),
        clients: clients.clone(),
        tokens: tokens.clone(),
        outbound: outbound.clone(),
        audit: audit.clone(),
        metrics: metrics.clone(),
        clock: clock.clone(),
        rng: Rng::system(),
    });
    let state = IssuerState {
        issuers: Arc::new(issuers.into_iter().map(Issuer::new).map(Arc::new).collect()),
        flow: Flow::new(sealer.clone(), clock.clone()),
        kit: kit.clone(),
        sessions: sessions.clone(),
        directory,
        clients,
        tokens: tokens.clone(),
        client_keys: ClientKeyrings::new(outbound.clone(), clock.clone()),
        outbound,
        store: store.clone(),
        sealer,
        clock: clock.clone(),
        audit,
        logout,
        metrics,
    };
    World {
        site: site(router(&state), &kit),
        store,
        sessions,
        clock,
        tokens,
        audited,
        state,
        registered,
    }
}

impl World {
    /// The same site after its file was read again, with other clients.
    pub fn reloaded(mut self, change: impl FnOnce(&mut Vec<Client>)) -> Self {
        change(&mut self.registered);
        let clients = Clients::governed(self.registered.clone(), self.store.clone(), owners());
        self.state.clients = clients;
        self.site = site(router(&self.state), &self.state.kit);
        self
    }

    /// The same site after a restart with `tenant` taking only `ways`.
    pub fn taking(mut self, tenant: &str, ways: &[LoginMethod]) -> Self {
        let issuers = self.state.issuers.iter().map(|issuer| {
            let mut settings = issuer.settings().clone();
            if let Some(tenant) = settings.catalogue.tenants.get_mut(tenant) {
                tenant.login = ways.to_vec();
            }
            Arc::new(Issuer::new(settings))
        });
        self.state.issuers = Arc::new(issuers.collect());
        self.site = site(router(&self.state), &self.state.kit);
        self
    }

    pub async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Inbound {
            request_id: RequestId::new("req-1"),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            host: "gw.test".into(),
            https: true,
            user_agent: "test".into(),
        });
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which somebody signed in now.
    pub async fn signed_in(&self, login: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(login).await;
        browser
    }

    /// Posts a form to the token endpoint of an issuer as `client`, with its secret if it has one.
    pub async fn token(&self, issuer: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        let mut form = form.to_vec();
        let mut request = Request::post(format!("{issuer}/connect/token"));
        if client.starts_with('p') {
            form.push(("client_id", client));
        } else {
            request = request.header(AUTHORIZATION, basic(client, &secret(client)));
        }
        self.send(request.header(CONTENT_TYPE, FORM), encode(&form))
            .await
    }

    /// Redeems a code as `client`.
    pub async fn redeem(&self, client: &str, code: &str) -> Answer {
        let callback = format!("https://{client}.test/cb");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", VERIFIER),
        ];
        self.token(PROD, client, &form).await
    }

    pub async fn refresh(&self, client: &str, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(PROD, client, &form).await
    }

    pub async fn revoke(&self, client: &str, token: &str) -> Answer {
        let request = Request::post(format!("{PROD}/connect/revoke"))
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, basic(client, &secret(client)));
        self.send(request, encode(&[("token", token)])).await
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get(format!("{PROD}/connect/userinfo"));
        self.send(
            request.header(AUTHORIZATION, format!("Bearer {token}")),
            String::new(),
        )
        .await
    }

    /// Signs somebody in, authorizes `client` and redeems the code.
    pub async fn tokens_for(&self, login: &str, client: &str) -> Value {
        let mut browser = self.signed_in(login).await;
        let code = browser.code(client).await;
        let answer = self.redeem(client, &code).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub fn audited(&self, reason: &str) -> bool {
        self.audited
            .lock()
            .iter()
            .any(|record| record.reason == reason)
    }
}

pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
    format!("Basic {pair}")
}

pub fn encode(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

/// The claims of a token, without a look at its signature.
pub fn payload(jwt: &Value) -> Value {
    let payload = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap()
}

/// A good request of `client`; `more` replaces or adds, and removes what it names with "".
pub fn request<'a>(client: &'a str, more: &[(&'a str, &'a str)]) -> String {
    let callback = format!("https://{client}.test/cb");
    let challenge = base64url(sha256(VERIFIER));
    let mut all = vec![
        ("client_id", client),
        ("redirect_uri", &callback),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "st-1"),
        ("nonce", "n-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    encode(&all)
}
