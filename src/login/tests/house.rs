//! A house with two people in it, and browsers that behave.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use parking_lot::Mutex;
use tower::ServiceExt;

use super::{Answer, Browser};
use crate::base::opaque::SignInLink;
use crate::base::{Clock, Opaque, RequestId, Rng, Secret, TenantId, Timestamp, UserId};
use crate::flow::{Flow, Interaction, OwnPath};
use crate::identity::{Clients, Directory, IdentitySettings, Passwords, Rate, Throttle};
use crate::keys::{MasterKey, Sealer};
use crate::login::{LoginSettings, LoginState, router};
use crate::logout::{self, Logout};
use crate::model::{
    AuditRecord, Client, Login, LoginMethod, PasswordCredential, Session, Tenant, User,
};
use crate::outbound::{Outbound, OutboundSettings};
use crate::session::{Feed, Revocations, SessionSettings, Sessions};
use crate::store::{Database, MasterKeySource, Store, StoreSettings};
use crate::telemetry::{Audit, Metrics};
use crate::tokens::{KeyOwner, Keyrings, Tokens};
use crate::web::brand::{Brand, BrandSettings, Logo, Picture};
use crate::web::{Inbound, Kit, site};

pub const HOST: &str = "auth.test";
pub const ORIGIN: &str = "https://auth.test";
/// Ada's and Bob's.
pub const PASSWORD: &str = "velvet otter forty-two";

/// Tenants, with the ways in that they take.
const PASSWORDS: (&str, &[LoginMethod]) = ("Passwords", &[LoginMethod::Password]);
const LINKS: (&str, &[LoginMethod]) = ("Links", &[LoginMethod::OneTimeLink]);
const BOTH: (&str, &[LoginMethod]) = ("Both", &LoginMethod::ALL);

pub struct House {
    pub state: LoginState,
    pub clock: Clock,
    pub audit: Arc<Mutex<Vec<AuditRecord>>>,
    pub ada: User,
    router: Router,
}

impl House {
    /// With the usual limits.
    pub async fn new() -> Self {
        Self::with(&IdentitySettings::default()).await
    }

    /// In which anybody may try as often as they like.
    pub async fn without_limits(hashes_at_once: usize) -> Self {
        let plenty = Rate {
            count: 100_000,
            window: Duration::from_mins(1),
        };
        let limits = IdentitySettings {
            per_account: plenty,
            per_ip: plenty,
            hashes_at_once,
            ..IdentitySettings::default()
        };
        Self::with(&limits).await
    }

    async fn with(limits: &IdentitySettings) -> Self {
        let (clock, rng) = (
            Clock::fake(Timestamp::from_seconds(1_800_000_000)),
            Rng::system(),
        );
        let settings = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, clock.clone(), rng.clone())
            .await
            .unwrap();
        let master = MasterKey::ephemeral(&rng).unwrap();
        let sealer = Sealer::new(&master, clock.clone(), rng.clone());
        let revocations = Revocations::new(Duration::from_hours(1));
        let sessions = Sessions::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            rng.clone(),
            SessionSettings::default(),
            revocations.clone(),
        );
        let directory = Directory::new(store.clone());
        let (people, voids) = (directory.clone(), revocations);
        Feed::load(
            store.clone(),
            clock.clone(),
            Duration::from_hours(1),
            vec![
                Arc::new(move |event| people.note(event)),
                Arc::new(move |event| voids.note(event)),
            ],
        )
        .await
        .unwrap();
        let (metrics, audit) = (Metrics::new().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let trail = audit.clone();
        let forward = move |record: &AuditRecord| trail.lock().push(record.clone());
        let passwords = Passwords::start(limits.hashes_at_once, rng.clone()).unwrap();
        let audit_log = Audit::start(None, Some(Arc::new(forward)), &metrics).unwrap();
        let keyrings = Keyrings::open(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            rng.clone(),
            [KeyOwner {
                algs: Vec::new(),
                ..KeyOwner::gateway()
            }],
        );
        let tokens = Tokens::new(
            store.clone(),
            sealer.clone(),
            keyrings.await.unwrap(),
            sessions.clone(),
            clock.clone(),
            rng.clone(),
        );
        let mut framed = Client::new("framed", "main");
        framed.logout.frontchannel = Some("https://framed.test/out".to_owned());
        let logout = Logout::new(logout::Parts {
            terms: vec![crate::tokens::tests::terms("main")],
            store: store.clone(),
            clients: Clients::new([framed], store.clone()),
            tokens,
            outbound: Outbound::new(&OutboundSettings::default()).unwrap(),
            audit: audit_log.clone(),
            metrics: metrics.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let state = LoginState {
            logout,
            kit: Kit::new(ORIGIN, "Acme login", sealer.clone(), rng.clone())
                .unwrap()
                .branded(&brands()),
            flow: Flow::new(sealer, clock.clone()),
            sessions,
            directory,
            passwords,
            throttle: Throttle::new(store.clone(), clock.clone(), limits),
            store,
            audit: audit_log,
            metrics,
            clock: clock.clone(),
            rng,
            settings: Arc::new(settings_with_tenants()),
        };
        let router = site(router(state.clone()), &state.kit);
        let mut house = Self {
            ada: person("ada", clock.now()),
            state,
            clock,
            audit,
            router,
        };
        house.ada = house.add("ada", Some(PASSWORD)).await;
        house
    }

    /// A new person.
    pub async fn add(&self, name: &str, password: Option<&str>) -> User {
        let user = person(name, self.clock.now());
        let credential = match password {
            Some(password) => Some(PasswordCredential {
                user: user.id.clone(),
                phc: self
                    .state
                    .passwords
                    .hash(Secret::new(password.to_owned()))
                    .await
                    .unwrap(),
                changed: self.clock.now(),
                must_change: false,
            }),
            None => None,
        };
        let store = &self.state.store;
        store.insert_user(&user, credential.as_ref()).await.unwrap();
        user
    }

    /// The path of a one-time link for `user`.
    pub async fn link(&self, user: &User, lasts: Duration) -> String {
        let token = Opaque::<SignInLink>::mint(&self.state.rng).unwrap();
        let expires = self.clock.now().plus(lasts);
        let store = &self.state.store;
        store
            .insert_sign_in_link(&token.hash(), &user.id, expires)
            .await
            .unwrap();
        format!("/login/link?token={}", token.reveal())
    }

    /// The sign-in page of an app's login.
    pub fn begin(&self, change: impl FnOnce(&mut Interaction)) -> String {
        let resume = OwnPath::parse("/connect/authorize?client_id=shop&state=s%20t").unwrap();
        let mut interaction = Interaction::new(resume, self.clock.now());
        change(&mut interaction);
        self.state.flow.begin(&interaction).unwrap()
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which `name` has signed in.
    pub async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.sign_in("/login", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        browser
    }

    /// The sessions of `user` that have not been ended.
    pub async fn sessions_of(&self, user: &User) -> Vec<Session> {
        self.state.store.list_sessions(&user.id).await.unwrap()
    }

    pub async fn answer(&self, mut request: Request<Body>, from: IpAddr) -> Answer {
        request.extensions_mut().insert(Inbound {
            request_id: RequestId::new("req-1"),
            client: from,
            host: HOST.into(),
            https: true,
            user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".into(),
        });
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

/// Of an issuer a logo, of a tenant a name.
fn brands() -> BrandSettings {
    let named = |name: &str| Brand {
        name: Some(name.to_owned()),
        ..Brand::default()
    };
    let picture = |text: &'static str| Picture {
        kind: "image/svg+xml",
        body: text.into(),
    };
    let pictured = Brand {
        logo: Some(Logo {
            light: picture("<svg/>"),
            dark: Some(picture("<svg />")),
        }),
        ..named("Issuer")
    };
    BrandSettings {
        site: Brand::default(),
        issuers: [("pictured".into(), pictured)].into(),
        tenants: [("passwords".into(), named("Passwords"))].into(),
    }
}

fn settings_with_tenants() -> LoginSettings {
    LoginSettings {
        tenants: [PASSWORDS, LINKS, BOTH].map(tenant).into(),
        ..LoginSettings::default()
    }
}

fn tenant((name, login): (&str, &[LoginMethod])) -> (TenantId, Tenant) {
    let tenant = Tenant {
        id: name.to_lowercase().as_str().into(),
        uuid: format!("uuid-of-{name}"),
        name: name.to_owned(),
        login: login.to_vec(),
    };
    (tenant.id.clone(), tenant)
}

fn person(name: &str, now: Timestamp) -> User {
    User {
        id: UserId::random(&Rng::system()).unwrap(),
        login: Login::parse(name).unwrap(),
        username: name.into(),
        name: String::new(),
        email: Some(format!("{name}@corp.test")),
        email_verified: true,
        groups: vec![],
        tenants: vec![],
        attributes: BTreeMap::default(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    }
}
