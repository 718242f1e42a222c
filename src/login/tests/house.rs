//! A house with two people in it, and browsers that behave.

mod furniture;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use parking_lot::Mutex;
use tower::ServiceExt;

use self::furniture::{brands, person, settings_with_tenants};
use super::{Answer, Browser};
use crate::base::opaque::SignInLink;
use crate::base::{Clock, Opaque, RequestId, Secret};
use crate::flow::{Flow, Interaction, OwnPath};
use crate::identity::{Clients, Directory, IdentitySettings, Passwords, Rate, Throttle};
use crate::login::{LoginState, router};
use crate::logout::{self, Logout};
use crate::model::{AuditRecord, Client, PasswordCredential, Session, User};
use crate::outbound::{Outbound, OutboundSettings};
use crate::session::Feed;
use crate::tokens::KeyOwner;
use crate::tokens::tests::ground::Ground;
use crate::web::{Inbound, Kit, site};

pub const HOST: &str = "auth.test";
pub const ORIGIN: &str = "https://auth.test";
/// Ada's and Bob's.
pub const PASSWORD: &str = "velvet otter forty-two";

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
        let ground = Ground::new().await;
        let directory = Directory::new(ground.store.clone());
        let (people, voids) = (directory.clone(), ground.revocations.clone());
        let feed = Feed::load(
            ground.store.clone(),
            ground.clock.clone(),
            Duration::from_hours(1),
            vec![
                Arc::new(move |event| people.note(event)),
                Arc::new(move |event| voids.note(event)),
            ],
        );
        feed.await.unwrap();
        let state = state(&ground, limits, directory).await;
        let router = site(router(state.clone()), &state.kit);
        let mut house = Self {
            ada: person("ada", ground.clock.now()),
            state,
            clock: ground.clock,
            audit: ground.audited,
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

async fn state(ground: &Ground, limits: &IdentitySettings, directory: Directory) -> LoginState {
    let Ground { store, clock, .. } = ground;
    let (rng, sealer) = (ground.rng.clone(), ground.sealer.clone());
    let kit = Kit::new(ORIGIN, "Acme login", sealer.clone(), rng.clone()).unwrap();
    LoginState {
        logout: logout(ground).await,
        kit: kit.branded(&brands()),
        flow: Flow::new(sealer, clock.clone()),
        sessions: ground.sessions.clone(),
        directory,
        passwords: Passwords::start(limits.hashes_at_once, rng.clone()).unwrap(),
        throttle: Throttle::new(store.clone(), clock.clone(), limits),
        store: store.clone(),
        audit: ground.audit.clone(),
        metrics: ground.metrics.clone(),
        clock: clock.clone(),
        rng,
        settings: Arc::new(settings_with_tenants()),
    }
}

/// Of an issuer with one app, which wants to be told in a frame.
async fn logout(ground: &Ground) -> Logout {
    let mut framed = Client::new("framed", "main");
    framed.logout.frontchannel = Some("https://framed.test/out".to_owned());
    let keyless = KeyOwner {
        algs: Vec::new(),
        ..KeyOwner::gateway()
    };
    Logout::new(logout::Parts {
        terms: vec![crate::tokens::tests::terms("main")],
        store: ground.store.clone(),
        clients: Clients::new([framed], ground.store.clone()),
        tokens: ground.tokens([keyless]).await,
        outbound: Outbound::new(&OutboundSettings::default()).unwrap(),
        audit: ground.audit.clone(),
        metrics: ground.metrics.clone(),
        clock: ground.clock.clone(),
        rng: ground.rng.clone(),
    })
}
