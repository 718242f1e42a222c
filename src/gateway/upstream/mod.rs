//! Where the requests of a route go: addresses kept up to date in the background, taken in turns,
//! skipped for a while after a connection failed.

mod health;
mod peers;
mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use futures::future::join_all;
use pingora::connectors::http::Connector;
use pingora::upstreams::peer::HttpPeer;

use super::settings::{Health, RouteSettings, Upstream, UpstreamHost};
use super::tls::TlsError;
use crate::telemetry::Metrics;
use health::Condition;
use peers::{Model, fixed_peers, inet_peer, name_of};
pub use turns::MOST as MOST_TURNS;

/// The upstreams of one route.
pub struct Pool {
    members: Vec<Member>,
    /// Members in the order of their turns.
    turns: Vec<usize>,
    next: AtomicUsize,
    began: Instant,
    health: Option<Checks>,
}

/// How members are asked if they are well.
struct Checks {
    health: Health,
    connector: Connector,
    /// Milliseconds after the pool began at which they are asked next.
    due: AtomicU64,
    /// What they are told to be called.
    host: String,
}

/// One upstream.
struct Member {
    upstream: Upstream,
    label: Arc<str>,
    authority: Option<Arc<str>>,
    /// Empty while the name does not resolve.
    peers: ArcSwap<Vec<HttpPeer>>,
    model: Model,
    condition: Condition,
}

/// An upstream chosen for one attempt.
pub struct Chosen {
    /// Where to connect.
    pub peer: Box<HttpPeer>,
    /// Its place in the pool, for [`Pool::failed`].
    pub member: usize,
    /// For logs.
    pub label: Arc<str>,
    /// Of its own URL: the host, and the port unless it is the scheme's.
    pub authority: Option<Arc<str>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.members.iter().map(|member| &member.label))
            .finish()
    }
}

impl Pool {
    /// The pool of `route`, whose connections are those of `group`. Reads certificates, resolves
    /// nothing yet.
    pub fn new(route: &RouteSettings, group: usize, metrics: &Metrics) -> Result<Self, TlsError> {
        let model = Model::new(route, group)?;
        let weight = |at: usize| route.pool.weights.get(at).copied().unwrap_or(1);
        let weights: Vec<u16> = (0..route.upstreams.len()).map(weight).collect();
        let members = route.upstreams.iter().map(|upstream| Member {
            label: label(upstream).into(),
            authority: authority(upstream).map(Into::into),
            peers: ArcSwap::from_pointee(fixed_peers(upstream, &model)),
            upstream: upstream.clone(),
            model: model.clone(),
            condition: Condition::new(metrics.upstream_up(&route.id, &label(upstream))),
        });
        Ok(Self {
            members: members.collect(),
            turns: turns::turns(&weights),
            next: AtomicUsize::new(0),
            began: Instant::now(),
            health: route.pool.health.clone().map(|health| Checks {
                health,
                connector: Connector::new(None),
                due: AtomicU64::new(0),
                host: match &route.forwarding.host {
                    UpstreamHost::Name(name) => name.clone(),
                    UpstreamHost::Keep | UpstreamHost::Upstream => String::new(),
                },
            }),
        })
    }

    /// How many upstreams there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none; a validated route has one.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The next upstream in turn. Those that are ill, rest or do not resolve are passed over, unless
    /// there is no other; `None` when nothing resolves.
    pub fn choose(&self) -> Option<Chosen> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let turns = &self.turns;
        let order = || (0..turns.len()).filter_map(|step| turns.get((first + step) % turns.len()));
        let take = |fit: &dyn Fn(&Member) -> bool| {
            order().find_map(|at| self.take(*at, first, |member| fit(member)))
        };
        take(&|member| member.condition.is_fit(now)).or_else(|| take(&|_| true))
    }

    fn take(&self, at: usize, turn: usize, fit: impl Fn(&Member) -> bool) -> Option<Chosen> {
        let member = self.members.get(at).filter(|member| fit(member))?;
        let peers = member.peers.load();
        let which = (turn / self.turns.len().max(1)) % peers.len().max(1);
        Some(Chosen {
            peer: Box::new(peers.get(which)?.clone()),
            member: at,
            label: Arc::clone(&member.label),
            authority: member.authority.clone(),
        })
    }

    /// This upstream could not be connected to: others are taken for a while.
    pub fn unreachable(&self, member: usize) {
        if let Some(member) = self.members.get(member) {
            member.condition.unreachable(self.now());
        }
    }

    /// This upstream broke off, or did not answer in time. After a few in a row others are taken
    /// for a while.
    pub fn failed(&self, member: usize) {
        if let Some(member) = self.members.get(member)
            && member.condition.failed(self.now())
        {
            tracing::warn!(upstream = %member.label, "the upstream fails and rests");
        }
    }

    /// This upstream answered.
    pub fn answered(&self, member: usize) {
        if let Some(member) = self.members.get(member) {
            member.condition.answered();
        }
    }

    /// Whether its upstreams are asked if they are well.
    pub fn is_checked(&self) -> bool {
        self.health.is_some()
    }

    /// Asks every upstream if it is well, when that is due.
    pub async fn check(&self) {
        let Some(checks) = &self.health else {
            return;
        };
        let (now, due) = (self.now(), checks.due.load(Ordering::Relaxed));
        let every = u64::try_from(checks.health.every.as_millis()).unwrap_or(u64::MAX);
        let next = now.saturating_add(every);
        // One that is still asking is not asked again.
        let taken = checks
            .due
            .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed);
        if now < due || taken.is_err() {
            return;
        }
        join_all(self.members.iter().map(|member| member.check(checks))).await;
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Resolves every name once.
    pub async fn resolve(&self) {
        join_all(self.members.iter().map(Member::resolve)).await;
    }
}

impl Member {
    /// Asks at its first address.
    async fn check(&self, checks: &Checks) {
        let peers = self.peers.load_full();
        let Some(peer) = peers.first() else {
            return;
        };
        let own = self.authority.as_deref().unwrap_or("localhost");
        let host = Some(checks.host.as_str()).filter(|host| !host.is_empty());
        let host = host.unwrap_or(own);
        let asked = health::ask(&checks.connector, peer, host, &checks.health).await;
        let well = asked.is_ok();
        if !self.condition.asked(well) {
            return;
        }
        if well {
            tracing::info!(upstream = %self.label, "the upstream is well again");
        } else {
            tracing::warn!(upstream = %self.label, "the upstream does not answer its health check");
        }
    }

    async fn resolve(&self) {
        let Some((name, port)) = name_of(&self.upstream) else {
            return;
        };
        match tokio::net::lookup_host((name, port)).await {
            Ok(addresses) => {
                let peers: Vec<HttpPeer> = addresses
                    .map(|address| inet_peer(address, &self.upstream, &self.model))
                    .collect();
                if !peers.is_empty() {
                    self.peers.store(Arc::new(peers));
                }
            }
            // What was known stays in use: a resolver that is away must not stop an app.
            Err(error) => {
                tracing::warn!(upstream = %self.label, %error, "the upstream's name does not resolve");
            }
        }
    }
}

fn label(upstream: &Upstream) -> String {
    match upstream {
        Upstream::Http { host, port } | Upstream::Https { host, port } => format!("{host}:{port}"),
        Upstream::Unix(path) => format!("unix:{}", path.display()),
        Upstream::Loopback(address) => address.to_string(),
    }
}

fn authority(upstream: &Upstream) -> Option<String> {
    match upstream {
        Upstream::Http { host, port: 80 } | Upstream::Https { host, port: 443 } => {
            Some(host.clone())
        }
        Upstream::Http { host, port } | Upstream::Https { host, port } => {
            Some(format!("{host}:{port}"))
        }
        Upstream::Loopback(address) => Some(address.to_string()),
        Upstream::Unix(_) => None,
    }
}

#[cfg(test)]
mod tests;
