//! From bound sockets to served requests, and back down in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::caps::Caps;
use super::edge::Edge;
use super::guard::Refusals;
use super::listen::{CannotListen, Listener, Service};
use super::proxy_protocol::{Arrivals, Senders};
use super::redirect::Redirect;
use super::settings::{Listen, ListenSettings};
use super::state::Gateway;
use super::tls::Certificates;

/// How often it is looked which upstreams are due to be asked if they are well.
const CHECK_TICK: Duration = Duration::from_millis(250);
/// How often upstream names are looked up again.
const RESOLVE_EVERY: Duration = Duration::from_secs(30);
/// How long requests may take after the end was announced.
pub const GRACE: Duration = Duration::from_secs(30);

/// Every public socket, bound.
#[derive(Debug)]
pub struct Bound {
    main: Vec<Listener>,
    redirect: Vec<Listener>,
    senders: Senders,
}

impl Bound {
    /// Binds everything or nothing.
    pub async fn bind(settings: &ListenSettings) -> Result<Self, CannotListen> {
        let mut bound = Self {
            main: Vec::new(),
            redirect: Vec::new(),
            senders: settings.proxy_protocol.clone(),
        };
        for listen in &settings.main {
            bound.main.push(Listener::bind(listen).await?);
        }
        for address in &settings.redirect {
            bound
                .redirect
                .push(Listener::bind(&Listen::Tcp(*address)).await?);
        }
        Ok(bound)
    }

    /// The addresses of the main listeners; says which port was chosen for port 0.
    pub fn addresses(&self) -> Vec<std::net::SocketAddr> {
        self.main.iter().filter_map(Listener::address).collect()
    }
}

/// Serves until `shutdown` turns true and the requests in progress are done, or `grace` is over.
/// Plain http when there are no `certificates`.
pub async fn serve(
    gateway: Arc<Gateway>,
    bound: Bound,
    certificates: Option<&Arc<Certificates>>,
    shutdown: watch::Receiver<bool>,
    grace: Duration,
) {
    gateway.snapshot().resolve().await;
    let mut background = JoinSet::new();
    background.spawn(keep_resolved(Arc::clone(&gateway)));
    background.spawn(keep_checked(Arc::clone(&gateway)));
    let mut services = JoinSet::new();
    let tls = certificates.map(|certificates| Arc::new(certificates.acceptor()));
    let caps = Caps::by_descriptors(&gateway.snapshot().trusted);
    let arrivals = Arc::new(Arrivals::new(bound.senders, gateway.metrics.clone()));
    let service = Service {
        app: Arc::new(Edge::new(Arc::clone(&gateway))),
        caps: caps.clone(),
        arrivals: Arc::clone(&arrivals),
        refusals: refusals(&gateway),
        shutdown: shutdown.clone(),
        grace,
    };
    for listener in bound.main {
        services.spawn(service.clone().run(listener, tls.clone()));
    }
    let redirect = Service {
        app: Arc::new(Redirect::new(
            Arc::clone(&gateway),
            gateway.snapshot().public_port,
        )),
        caps,
        arrivals,
        refusals: refusals(&gateway),
        shutdown,
        grace,
    };
    for listener in bound.redirect {
        services.spawn(redirect.clone().run(listener, None));
    }
    while services.join_next().await.is_some() {}
    background.shutdown().await;
}

/// Follows the names of whichever configuration is in force.
async fn keep_resolved(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(RESOLVE_EVERY).await;
        gateway.snapshot().resolve().await;
    }
}

/// Asks upstreams if they are well, as often as each route says. A round that takes long holds up
/// nobody else's.
async fn keep_checked(gateway: Arc<Gateway>) {
    let mut rounds = JoinSet::new();
    loop {
        let snapshot = gateway.snapshot();
        rounds.spawn(async move { snapshot.check().await });
        while rounds.try_join_next().is_some() {}
        tokio::time::sleep(CHECK_TICK).await;
    }
}

fn refusals(gateway: &Arc<Gateway>) -> Refusals {
    let gateway = Arc::clone(gateway);
    Arc::new(move |reason| gateway.metrics.rejected(reason))
}
