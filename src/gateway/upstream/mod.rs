//! Where the requests of a route go: addresses kept up to date in the background, taken in turns,
//! skipped for a while after a connection failed.

mod peers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use futures::future::join_all;
use pingora::upstreams::peer::HttpPeer;

use super::settings::{RouteSettings, Upstream};
use super::tls::TlsError;
use peers::{Model, fixed_peers, inet_peer, name_of};

/// How long an upstream that could not be connected to is left alone.
const REST: Duration = Duration::from_secs(10);

/// The upstreams of one route.
pub struct Pool {
    members: Vec<Member>,
    next: AtomicUsize,
    began: Instant,
}

/// One upstream.
struct Member {
    upstream: Upstream,
    label: Arc<str>,
    /// Empty while the name does not resolve.
    peers: ArcSwap<Vec<HttpPeer>>,
    model: Model,
    /// Milliseconds after the pool began until which it is left alone.
    rests_until: AtomicU64,
}

/// An upstream chosen for one attempt.
pub struct Chosen {
    /// Where to connect.
    pub peer: Box<HttpPeer>,
    /// Its place in the pool, for [`Pool::failed`].
    pub member: usize,
    /// For logs.
    pub label: Arc<str>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.members.iter().map(|member| &member.label))
            .finish()
    }
}

impl Pool {
    /// The pool of `route`, whose connections are those of `group`. Reads certificates, resolves nothing yet.
    pub fn new(route: &RouteSettings, group: usize) -> Result<Self, TlsError> {
        let model = Model::new(&route.upstream_tls, group)?;
        let members = route.upstreams.iter().map(|upstream| Member {
            label: label(upstream).into(),
            peers: ArcSwap::from_pointee(fixed_peers(upstream, &model)),
            upstream: upstream.clone(),
            model: model.clone(),
            rests_until: AtomicU64::new(0),
        });
        Ok(Self {
            members: members.collect(),
            next: AtomicUsize::new(0),
            began: Instant::now(),
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

    /// The next upstream in turn. Those that rest or do not resolve are passed over, unless there
    /// is no other; `None` when nothing resolves.
    pub fn choose(&self) -> Option<Chosen> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let order = || (0..self.members.len()).map(|step| (first + step) % self.members.len());
        let rested = order().find_map(|at| self.take(at, first, |member| !member.rests(now)));
        rested.or_else(|| order().find_map(|at| self.take(at, first, |_| true)))
    }

    fn take(&self, at: usize, turn: usize, fit: impl Fn(&Member) -> bool) -> Option<Chosen> {
        let member = self.members.get(at).filter(|member| fit(member))?;
        let peers = member.peers.load();
        let which = (turn / self.members.len().max(1)) % peers.len().max(1);
        Some(Chosen {
            peer: Box::new(peers.get(which)?.clone()),
            member: at,
            label: Arc::clone(&member.label),
        })
    }

    /// A connection to this upstream failed: others are taken for a while.
    pub fn failed(&self, member: usize) {
        if let Some(member) = self.members.get(member) {
            let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
            member
                .rests_until
                .store(self.now() + rest, Ordering::Relaxed);
        }
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
    fn rests(&self, now: u64) -> bool {
        self.rests_until.load(Ordering::Relaxed) > now
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

#[cfg(test)]
mod tests;
