//! Composition: a configuration becomes running services, and they stop in order.
//!
//! Start: database and keys, then the revocation feed, then the doors, then the port. Stop: no new
//! connections, requests in flight finish, logs are flushed.

mod audit;
mod background;
mod bearers;
mod doors;
pub mod master;
pub mod ops;
mod ordering;
mod reload;
mod remembering;
pub mod rooms;
pub mod signals;
mod signing;
mod sparing;

use std::net::SocketAddr;
use std::sync::Arc;

use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use rooms::Rooms;

#[cfg(any(test, fuzzing))]
pub(crate) use self::doors::site;
use self::doors::{certificates, door};
use self::ops::Readiness;
use self::reload::Reload;
use self::signals::StopSignals;
use crate::base::{Clock, Rng};
use crate::config::Settings;
use crate::gateway;
use crate::gateway::Bound;
use crate::gateway::CannotListen;
use crate::gateway::Unservable;
use crate::gateway::tls::TlsError;
use crate::keys::MasterKeyError;
use crate::logout::Courier;
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

/// Serves until it is asked to stop; `watch` takes a changed file over without a signal.
pub async fn run(settings: Settings, watch: bool) -> Result<(), StartError> {
    let mut signals = StopSignals::listen()?;
    let server = Server::watching(settings, Clock::system(), Rng::system(), watch).await?;
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
        Self::watching(settings, clock, rng, false).await
    }

    /// The same; `watch` takes a changed file over without a signal.
    pub async fn watching(
        settings: Settings,
        clock: Clock,
        rng: Rng,
        watch: bool,
    ) -> Result<Self, StartError> {
        // Ports first: a second server must not touch the first one's database before it fails.
        let ops = match settings.listen.ops {
            Some(address) => Some(ops::bind(address).await?),
            None => None,
        };
        let bound = Bound::bind(&settings.listen).await?;
        let addresses = bound.addresses();

        let (rooms, feed) = Rooms::open(&settings, clock, rng).await?;
        let logout = rooms.logout(&settings);
        let certificates = certificates(&settings, &rooms)?;
        let acme = ordering::prepare(&settings, &rooms, certificates.as_ref()).await?;
        let gateway = Arc::new(door(&settings, &rooms, &logout, acme.as_ref())?);

        let ready = Readiness::default();
        let mut background = background::start(&rooms, feed);
        background.spawn(Courier::new(logout.clone()).run());
        let reload = Reload {
            settings: settings.clone(),
            rooms: rooms.clone(),
            gateway: Arc::clone(&gateway),
            logout,
            certificates: certificates.clone(),
            acme: acme.clone(),
            hangup: signal(SignalKind::hangup())?,
            watch,
        };
        background.spawn(reload.run());
        if let (Some(acme), Some(certificates)) = (acme, &certificates) {
            ordering::start(acme, certificates, &mut background);
        }
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
        if let Err(error) = self.rooms.standing.write_uses().await {
            tracing::warn!(%error, "when tokens were last used could not be written");
        }
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
