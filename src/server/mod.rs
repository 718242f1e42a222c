//! Composition: a configuration becomes running services, and they stop in order.
//!
//! Start: database and keys, then the revocation feed, then the doors, then the port. Stop: no new
//! connections, requests in flight finish, logs are flushed.

mod audit;
mod background;
pub mod master;
pub mod ops;
pub mod rooms;
pub mod signals;
mod sparing;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use rooms::Rooms;

use self::ops::Readiness;
use self::signals::StopSignals;
use crate::base::{Clock, Rng};
use crate::config::Settings;
use crate::gateway::Bound;
use crate::gateway::CannotListen;
use crate::gateway::Unservable;
use crate::gateway::client_certs::Asking;
use crate::gateway::signin::{self, SignIn};
use crate::gateway::tls::{Certificates, TlsError};
use crate::gateway::{self, Gateway};
use crate::identity::ClientKeyrings;
use crate::issuer::{Issuer, IssuerState};
use crate::keys::MasterKeyError;
use crate::login::LoginState;
use crate::logout::{Courier, Logout};
use crate::store::StoreError;
use crate::tokens::TokenError;
use crate::web;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database. Kept as a cause, which decides the exit code.
    #[error("cannot start")]
    Store(#[from] StoreError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The master key and the database do not belong together.
    #[error("cannot start")]
    KeyMismatch(#[from] master::KeyMismatch),
    /// The signing keys.
    #[error("the signing keys cannot be used")]
    Keys(#[from] TokenError),
    /// An address to listen on.
    #[error("{0}. Is another program using it?")]
    Listen(#[from] CannotListen),
    /// Certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The routes.
    #[error(transparent)]
    Routes(#[from] Unservable),
    /// A file, thread or signal.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] crate::base::RngFailed),
    /// What calls addresses that clients name.
    #[error(transparent)]
    Outbound(#[from] crate::outbound::OutboundError),
    /// The public URL, which configuration checks before.
    #[error(transparent)]
    PublicUrl(#[from] web::kit::NotAnOrigin),
    /// The metrics registry refused a metric.
    #[error("metrics cannot be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Serves until it is asked to stop.
pub async fn run(settings: Settings) -> Result<(), StartError> {
    let mut signals = StopSignals::listen()?;
    let server = Server::start(settings, Clock::system(), Rng::system()).await?;
    signals.next().await;
    server.stop(&mut signals).await;
    Ok(())
}

/// A running server.
pub struct Server {
    serving: JoinHandle<()>,
    background: JoinSet<()>,
    drain: watch::Sender<bool>,
    ready: Readiness,
    rooms: Rooms,
    addresses: Vec<SocketAddr>,
}

impl Server {
    /// Starts everything; returns when requests are answered.
    pub async fn start(settings: Settings, clock: Clock, rng: Rng) -> Result<Self, StartError> {
        // Ports first: a second server must not touch the first one's database before it fails.
        let ops = match settings.listen.ops {
            Some(address) => Some(ops::bind(address).await?),
            None => None,
        };
        let bound = Bound::bind(&settings.listen).await?;
        let addresses = bound.addresses();

        let (rooms, feed) = Rooms::open(&settings, clock, rng).await?;
        let (signin, logout) = (rooms.signin(&settings), rooms.logout(&settings));
        let certificates = certificates(&settings, &rooms.clock)?;
        let gateway = Arc::new(door(&settings, &rooms, signin, &logout)?);

        let ready = Readiness::default();
        let mut background = background::start(&rooms, feed);
        background.spawn(Courier::new(logout).run());
        if let Some(listener) = ops {
            let (store, metrics) = (rooms.store.clone(), rooms.metrics.clone());
            background.spawn(ops::serve(listener, ready.clone(), store, metrics));
        }
        let (drain, draining) = watch::channel(false);
        let serving = tokio::spawn(async move {
            gateway::serve(
                gateway,
                bound,
                certificates.as_ref(),
                draining,
                gateway::GRACE,
            )
            .await;
        });
        rooms.metrics.reloaded(true, rooms.clock.now());
        ready.set(true);
        signals::tell_supervisor(&[NotifyState::Ready]);
        tracing::info!(
            public_url = settings.site.public_url,
            routes = settings.routes.len(),
            issuers = settings.issuers.len(),
            version = env!("CARGO_PKG_VERSION"),
            "serving"
        );
        Ok(Self {
            serving,
            background,
            drain,
            ready,
            rooms,
            addresses,
        })
    }

    /// Where the main listeners are; says which port was chosen for port 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Everything below the doors.
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// Stops in order: no new connections, requests in flight finish, logs are written out. A second
    /// signal does not wait for requests.
    pub async fn stop(mut self, again: &mut StopSignals) {
        tracing::info!("stopping: no new connections, requests in flight may finish");
        signals::tell_supervisor(&[NotifyState::Stopping]);
        self.ready.set(false);
        let _ = self.drain.send(true);
        tokio::select! {
            _ = &mut self.serving => {}
            () = again.next() => {
                tracing::warn!("asked again: requests in flight are cut");
                self.serving.abort();
            }
        }
        self.background.shutdown().await;
        let Rooms { access, audit, .. } = self.rooms;
        // The writers are threads of their own; waiting for them blocks.
        let flushed = tokio::task::spawn_blocking(move || {
            access.flush();
            audit.flush();
        });
        let _ = flushed.await;
        tracing::info!("stopped");
    }
}

/// What every request comes to first.
fn door(
    settings: &Settings,
    rooms: &Rooms,
    signin: SignIn,
    logout: &Logout,
) -> Result<Gateway, StartError> {
    let parts = gateway::Parts {
        snapshot: rooms.snapshot(settings)?,
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        router: site(settings, rooms, &signin, logout),
        signin,
        kit: rooms.kit.clone(),
        metrics: rooms.metrics.clone(),
        access: rooms.access.clone(),
        audit: rooms.audit.clone(),
        clock: rooms.clock.clone(),
    };
    Ok(Gateway::new(parts, &rooms.rng)?)
}

/// `None` when the server speaks plain HTTP.
fn certificates(
    settings: &Settings,
    clock: &Clock,
) -> Result<Option<Arc<Certificates>>, StartError> {
    let Some(source) = &settings.listen.tls else {
        return Ok(None);
    };
    let asked = settings.listen.client_certificates.as_ref();
    let asking = asked.map(|asked| Asking::load(asked, clock.clone()));
    let loaded = Certificates::load(source, &hosts(settings), asking.transpose()?)?;
    Ok(Some(loaded))
}

/// Every host name that certificates must cover.
fn hosts(settings: &Settings) -> Vec<String> {
    let routes = settings
        .routes
        .iter()
        .map(|route| route.matches.host.clone());
    let mut hosts: Vec<_> = routes.chain([settings.site.host.clone()]).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Everything the site answers, as one value: the doors, merged.
pub(crate) fn site(settings: &Settings, rooms: &Rooms, signin: &SignIn, logout: &Logout) -> Router {
    let issuers = settings
        .issuers
        .iter()
        .cloned()
        .map(Issuer::new)
        .map(Arc::new);
    let issuer = IssuerState {
        issuers: Arc::new(issuers.collect()),
        kit: rooms.kit.clone(),
        flow: rooms.flow.clone(),
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        clients: rooms.clients.clone(),
        tokens: rooms.tokens.clone(),
        client_keys: ClientKeyrings::new(rooms.outbound.clone(), rooms.clock.clone()),
        outbound: rooms.outbound.clone(),
        logout: logout.clone(),
        store: rooms.store.clone(),
        sealer: rooms.sealer.clone(),
        clock: rooms.clock.clone(),
        audit: rooms.audit.clone(),
        metrics: rooms.metrics.clone(),
    };
    let login = LoginState {
        kit: rooms.kit.clone(),
        flow: rooms.flow.clone(),
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        passwords: rooms.passwords.clone(),
        throttle: rooms.throttle.clone(),
        logout: logout.clone(),
        store: rooms.store.clone(),
        audit: rooms.audit.clone(),
        metrics: rooms.metrics.clone(),
        clock: rooms.clock.clone(),
        rng: rooms.rng.clone(),
        settings: Arc::new(settings.login.clone()),
    };
    let doors = Router::new()
        .merge(crate::issuer::router(&issuer))
        .merge(crate::login::router(login))
        .merge(signin::router(signin.clone()))
        .merge(signin::route_host(signin.clone()))
        .merge(signin::jwks::router(rooms.keyrings.clone()));
    web::site(doors, &rooms.kit)
}
