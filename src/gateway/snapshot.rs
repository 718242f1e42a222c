//! Everything that one configuration makes of the gateway, swapped as a whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use ipnet::IpNet;
use prometheus::IntCounter;

use super::assertion::{Assertions, Sign};
use super::authz::ForwardAuthSettings;
use super::cache::Kept;
use super::route::{BadRoute, RouteTable};
use super::settings::{RouteSettings, SiteSettings};
use super::tls::TlsError;
use super::upstream::Pool;
use crate::base::{Clock, RouteId};
use crate::telemetry::{Metrics, RouteMetrics};

/// How long looking up names may take: resolvers give up after much longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connections to upstreams are shared within a group, and a group is one route of one
/// configuration: the next one may believe other authorities.
static GROUPS: AtomicUsize = AtomicUsize::new(0);

/// What lets a client in that asks for itself.
pub(super) const CLIENT: &str = "client";

/// One configuration, ready to serve.
#[derive(Debug)]
pub struct Snapshot {
    /// Which route takes what.
    pub table: RouteTable,
    pub(super) assertions: Assertions,
    pub(super) served: Vec<Served>,
    pub(super) site: RouteMetrics,
    pub(super) trusted: Vec<IpNet>,
    pub(super) forward_auth: Option<ForwardAuthSettings>,
    /// As browsers reach it.
    pub(super) public_port: u16,
    pub(super) words: Words,
}

/// What belongs to one route besides its settings.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) pool: Arc<Pool>,
    pub(super) metrics: RouteMetrics,
    /// By entry of the rule: its words, and how often it let somebody in.
    pub(super) entries: Vec<(Arc<str>, IntCounter)>,
    /// The same of clients that ask for themselves.
    pub(super) client: (Arc<str>, IntCounter),
    pub(super) challenged: IntCounter,
    /// Answers that it keeps.
    pub(super) kept: Option<Kept>,
}

/// Words that every request's log line shares.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) nothing: Arc<str>,
    pub(super) site: Arc<str>,
    pub(super) login_needed: Arc<str>,
}

/// Why a configuration cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unservable {
    /// The routes contradict each other.
    #[error(transparent)]
    Route(#[from] BadRoute),
    /// A certificate for an upstream is no good.
    #[error("route `{route}`: {cause}")]
    UpstreamTls {
        /// The route's id.
        route: String,
        /// What is wrong.
        cause: TlsError,
    },
}

impl Snapshot {
    /// Builds everything; touches no network.
    pub fn build(
        site: &SiteSettings,
        routes: &[RouteSettings],
        trusted: &[IpNet],
        sign: Sign,
        metrics: &Metrics,
        clock: Clock,
    ) -> Result<Self, Unservable> {
        let table = RouteTable::build(site, routes)?;
        let first = GROUPS.fetch_add(routes.len(), Ordering::Relaxed);
        let served = (first..)
            .zip(routes)
            .map(|(group, route)| serve(route, group, metrics))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            table,
            assertions: Assertions::new(routes, &site.public_url, sign, clock),
            served,
            site: metrics.of_route(&RouteId::new("site")),
            trusted: trusted.to_vec(),
            forward_auth: None,
            public_port: site.port,
            words: Words {
                nothing: "".into(),
                site: "site".into(),
                login_needed: "login_needed".into(),
            },
        })
    }

    /// The same, answering the questions of these proxies.
    #[must_use]
    pub fn asked_by(self, forward_auth: Option<ForwardAuthSettings>) -> Self {
        Self {
            forward_auth,
            ..self
        }
    }

    /// Looks up every upstream's name once. One that does not resolve in time is passed over until
    /// it does.
    pub async fn resolve(&self) {
        let pools = self.served.iter().map(|served| served.pool.resolve());
        let _ = tokio::time::timeout(PATIENCE, join_all(pools)).await;
    }

    /// Asks those upstreams if they are well that are due.
    pub(super) async fn check(&self) {
        let checked = self.served.iter().filter(|served| served.pool.is_checked());
        join_all(checked.map(|served| served.pool.check())).await;
    }
}

fn serve(route: &RouteSettings, group: usize, metrics: &Metrics) -> Result<Served, Unservable> {
    let pool = Pool::new(route, group, metrics).map_err(|cause| Unservable::UpstreamTls {
        route: route.id.to_string(),
        cause,
    })?;
    let entries = route.rule.allow.iter().map(|entry| {
        let words = entry.to_string();
        let counter = metrics.decision_counter(&route.id, "allow", &words);
        (words.into(), counter)
    });
    Ok(Served {
        pool: Arc::new(pool),
        metrics: metrics.of_route(&route.id),
        entries: entries.collect(),
        client: (
            CLIENT.into(),
            metrics.decision_counter(&route.id, "allow", CLIENT),
        ),
        challenged: metrics.decision_counter(&route.id, "challenge", "login_needed"),
        kept: route.cache.map(Kept::new),
    })
}
