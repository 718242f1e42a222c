//! The whole gateway in this process, for measuring: a database in memory, one person signed in,
//! one upstream that answers at once. No part is replaced by another.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use doorward::base::{Clock, Rng, UserId};
use doorward::flow::Flow;
use doorward::gateway::admit::Around;
use doorward::gateway::assertion::Sign;
use doorward::gateway::bearer::{self, Bearers};
use doorward::gateway::presets::Preset;
use doorward::gateway::signin::{self, SignIn};
use doorward::gateway::{
    Bound, Doors, Forwarding, Gateway, Listen, ListenSettings, OnAnonymous, Parts, PoolSettings,
    RouteLimits, RouteMatch, RouteSettings, SiteSettings, Snapshot, Upstream, UpstreamTls, serve,
};
use doorward::identity::{AppLogins, Clients, Directory};
use doorward::keys::{MasterKey, Sealer};
use doorward::model::{Amr, Device, Login, Proven, User};
use doorward::policy::{Entry, RequestFacts, Rule};
use doorward::session::{Revocations, SessionSettings, Sessions};
use doorward::store::{Database, MasterKeySource, Store, StoreSettings};
use doorward::telemetry::{AccessLog, Audit, LogFormat, Metrics};
use doorward::tokens::{Keyrings, StandingSettings, StandingTokens, Tokens, Warm};
use doorward::web::Kit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A running gateway.
pub struct Rig {
    /// Where it listens.
    pub address: SocketAddr,
    /// `name=value` of a valid session cookie for `app.test`.
    pub cookie: String,
    pub sessions: Sessions,
    pub sealer: Sealer,
    pub directory: Directory,
    pub gateway: Arc<Gateway>,
    shutdown: watch::Sender<bool>,
    serving: tokio::task::JoinHandle<()>,
}

impl Rig {
    /// Starts it in front of `upstream`: `app.test` wants a sign-in, `open.test` does not.
    pub async fn start(upstream: SocketAddr) -> Self {
        Self::start_with(upstream, |_| AccessLog::off()).await
    }

    /// The same, with a line per request on standard error as in production.
    pub async fn start_logging(upstream: SocketAddr) -> Self {
        Self::start_with(upstream, |metrics| {
            AccessLog::start(LogFormat::Json, metrics).unwrap()
        })
        .await
    }

    async fn start_with(upstream: SocketAddr, access: impl Fn(&Metrics) -> AccessLog) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (clock, rng) = (Clock::system(), Rng::system());
        let sealer = Sealer::new(
            &MasterKey::ephemeral(&rng).unwrap(),
            clock.clone(),
            rng.clone(),
        );
        let storage = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&storage, clock.clone(), rng.clone())
            .await
            .unwrap();
        let sessions = Sessions::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            rng.clone(),
            SessionSettings::default(),
            Revocations::new(Duration::from_mins(11)),
        );
        let directory = Directory::new(store.clone());
        let cookie = sign_in(&store, &sessions, &directory, &clock).await;
        let metrics = Metrics::new().unwrap();
        let kit = Kit::new("http://gw.test", "Doorward", sealer.clone(), rng.clone()).unwrap();
        let site = site();
        let routes = [
            route("app", "app.test", Entry::Authenticated, upstream),
            route("open", "open.test", Entry::Anyone, upstream),
        ];
        let bearers = bearers((&store, &sealer), (&sessions, &directory), (&clock, &rng)).await;
        let app_logins = AppLogins::new(store.clone(), sealer.clone());
        let signin = SignIn::new(signin::Parts {
            site: site.clone(),
            hosts: ["app.test", "open.test"].into_iter().collect(),
            kit: kit.clone(),
            flow: Flow::new(sealer.clone(), clock.clone()),
            sessions: sessions.clone(),
            directory: directory.clone(),
            store,
            sealer: sealer.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let sign: Sign = Arc::new(|_| Some(format!("eyJ.{}.sig", "x".repeat(400))));
        let snapshot = Snapshot::build(&site, &routes, &[], sign, &metrics, clock.clone()).unwrap();
        let site_router = signin::router(signin.clone()).merge(signin::route_host(signin.clone()));
        let access = access(&metrics);
        let parts = Parts {
            snapshot,
            sessions: sessions.clone(),
            directory: directory.clone(),
            bearers,
            app_logins,
            doors: Doors {
                signin,
                router: doorward::web::site(site_router, &kit),
                kit,
            },
            answers: None,
            metrics,
            access,
            audit: Audit::off(),
            clock,
        };
        let gateway = Arc::new(Gateway::new(parts, &rng).unwrap());
        let bound = Bound::bind(&listen()).await.unwrap();
        let address = bound.addresses()[0];
        let (shutdown, ended) = watch::channel(false);
        let served = Arc::clone(&gateway);
        let serving = tokio::spawn(async move {
            serve(served, bound, None, ended, Duration::from_secs(1)).await;
        });
        Self {
            address,
            cookie,
            sessions,
            sealer,
            directory,
            gateway,
            shutdown,
            serving,
        }
    }

    /// Announces the end and waits for it.
    pub async fn stop(self) {
        self.shutdown.send_replace(true);
        self.serving.await.unwrap();
    }
}

/// What judges tokens, of an installation that has no issuer.
async fn bearers(
    (store, sealer): (&Store, &Sealer),
    (sessions, directory): (&Sessions, &Directory),
    (clock, rng): (&Clock, &Rng),
) -> Bearers {
    let keyrings = Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        [],
    );
    Bearers::new(bearer::Parts {
        terms: HashMap::new(),
        tokens: Tokens::new(
            store.clone(),
            sealer.clone(),
            keyrings.await.unwrap(),
            sessions.clone(),
            clock.clone(),
            rng.clone(),
        ),
        warm: Warm::default(),
        standing: StandingTokens::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            StandingSettings::default(),
            sessions.settings().max,
        ),
        trusted: HashMap::new(),
        clients: Clients::new([], store.clone()),
        directory: directory.clone(),
        store: store.clone(),
        clock: clock.clone(),
    })
}

async fn sign_in(
    store: &Store,
    sessions: &Sessions,
    directory: &Directory,
    clock: &Clock,
) -> String {
    let now = clock.now();
    let user = User {
        id: UserId::new("0198a7c2-0000-4000-8000-00000000a11c"),
        login: Login::parse("alice").unwrap(),
        username: "alice".to_owned(),
        name: "Alice Example".to_owned(),
        email: Some("alice@example.com".to_owned()),
        email_verified: true,
        groups: vec!["staff".into()],
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    };
    store.insert_user(&user, None).await.unwrap();
    directory.person(&user.id).await.unwrap();
    let proven = Proven {
        user: user.id,
        epoch: 0,
        amr: vec![Amr::Pwd],
        at: now,
    };
    let started = sessions.start(&proven, Device::default());
    let session = started.await.unwrap().unwrap();
    let set = sessions.cookie(&session, "app.test").unwrap();
    set.split(';').next().unwrap().to_owned()
}

fn site() -> SiteSettings {
    SiteSettings {
        public_url: "http://gw.test".to_owned(),
        host: "gw.test".to_owned(),
        port: 80,
        https: false,
        prefixes: vec!["/login".to_owned()],
        everywhere: Vec::new(),
    }
}

fn listen() -> ListenSettings {
    ListenSettings {
        main: vec![Listen::Tcp((Ipv4Addr::LOCALHOST, 0).into())],
        redirect: Vec::new(),
        ops: None,
        tls: None,
        client_certificates: None,
        trusted_proxies: Vec::new(),
        proxy_protocol: doorward::gateway::Senders::default(),
    }
}

/// A request from this machine, now.
pub fn around(headers: &http::HeaderMap) -> Around<'_> {
    Around {
        request: RequestFacts {
            method: Some(&http::Method::GET),
            headers: Some(headers),
            address: Some(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
            certificate: None,
        },
        now: Clock::system().now(),
        longest: Duration::from_hours(24),
    }
}

fn route(id: &str, host: &str, allow: Entry, upstream: SocketAddr) -> RouteSettings {
    RouteSettings {
        id: id.into(),
        matches: RouteMatch {
            host: host.to_owned(),
            path: "/".to_owned(),
            ..RouteMatch::default()
        },
        rule: Rule {
            allow: vec![allow],
            ..Rule::default()
        },
        shadow: None,
        tell: None,
        compress: false,
        cache: None,
        listing: doorward::gateway::Listing::Auto,
        upstreams: vec![Upstream::Loopback(upstream)],
        pool: PoolSettings::default(),
        instead: None,
        forwarding: Forwarding::default(),
        upstream_tls: UpstreamTls::default(),
        bearer: None,
        credentials: None,
        identity: Preset::find("remote-user").unwrap().headers(),
        on_anonymous: OnAnonymous::Auto,
        sign_out: Vec::new(),
        limits: RouteLimits::default(),
        origin: String::new(),
    }
}

/// An upstream that answers every request head with `body`, on kept-alive connections.
pub async fn upstream(body: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())
                        .into_bytes();
                answer.extend_from_slice(body);
                let mut buffer = vec![0; 16 * 1024];
                let mut filled = 0;
                while let Ok(read @ 1..) = socket.read(&mut buffer[filled..]).await {
                    filled += read;
                    if buffer[..filled].ends_with(b"\r\n\r\n") {
                        filled = 0;
                        if socket.write_all(&answer).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    address
}
