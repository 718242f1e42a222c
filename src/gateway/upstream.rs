//! Where the requests of a route go: addresses kept up to date in the background, taken in turns,
//! skipped for a while after a connection failed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use futures::future::join_all;
use pingora::protocols::ALPN;
use pingora::upstreams::peer::HttpPeer;
use pingora::utils::tls::{CertKey, WrappedX509, parse_x509};

use super::settings::{RouteSettings, Upstream, UpstreamTls};
use super::tls::{TlsError, read_chain, read_key};

/// How long an upstream that could not be connected to is left alone.
const REST: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
const CONNECT_AND_HANDSHAKE: Duration = Duration::from_secs(10);
/// An idle pooled connection is closed before most servers would close it.
const POOLED: Duration = Duration::from_secs(55);

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

/// What every connection of a route shares.
#[derive(Clone)]
struct Model {
    group: u64,
    ca: Option<Arc<[WrappedX509]>>,
    client: Option<Arc<CertKey>>,
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
    /// The pool of `route`, the `index`th of the table. Reads certificates, resolves nothing yet.
    pub fn new(route: &RouteSettings, index: usize) -> Result<Self, TlsError> {
        let model = model(&route.upstream_tls, index)?;
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

/// What has to be resolved: a host that is no address.
fn name_of(upstream: &Upstream) -> Option<(&str, u16)> {
    let (Upstream::Http { host, port } | Upstream::Https { host, port }) = upstream else {
        return None;
    };
    address_of(host).is_none().then_some((host.as_str(), *port))
}

fn address_of(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

/// The peers of an upstream that needs no resolving.
fn fixed_peers(upstream: &Upstream, model: &Model) -> Vec<HttpPeer> {
    let peer = match upstream {
        Upstream::Http { host, port } | Upstream::Https { host, port } => address_of(host)
            .map(|address| inet_peer(SocketAddr::new(address, *port), upstream, model)),
        Upstream::Loopback(address) => Some(inet_peer(*address, upstream, model)),
        Upstream::Unix(path) => HttpPeer::new_uds(&path.to_string_lossy(), false, String::new())
            .ok()
            .map(|peer| equip(peer, model)),
    };
    peer.into_iter().collect()
}

fn inet_peer(address: SocketAddr, upstream: &Upstream, model: &Model) -> HttpPeer {
    let peer = match upstream {
        // An empty server name would switch verification off; a host is never empty.
        Upstream::Https { host, .. } => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            HttpPeer::new(address, true, bare.to_owned())
        }
        Upstream::Http { .. } | Upstream::Loopback(_) | Upstream::Unix(_) => {
            HttpPeer::new(address, false, String::new())
        }
    };
    equip(peer, model)
}

fn equip(mut peer: HttpPeer, model: &Model) -> HttpPeer {
    // Authorities are not part of the library's reuse key, so routes must not share connections.
    peer.group_key = model.group;
    peer.client_cert_key.clone_from(&model.client);
    let options = &mut peer.options;
    options.ca.clone_from(&model.ca);
    options.alpn = ALPN::H1;
    options.connection_timeout = Some(CONNECT);
    options.total_connection_timeout = Some(CONNECT_AND_HANDSHAKE);
    options.idle_timeout = Some(POOLED);
    peer
}

fn model(tls: &UpstreamTls, index: usize) -> Result<Model, TlsError> {
    let ca = match &tls.ca {
        Some(path) => {
            // Parsed strictly first: the library would panic over a broken one.
            let chain = read_chain(path)?;
            let mut roots = rustls::RootCertStore::empty();
            for certificate in &chain {
                roots.add(certificate.clone())?;
            }
            Some(
                chain
                    .iter()
                    .map(|one| WrappedX509::new(one.to_vec(), parse_x509))
                    .collect(),
            )
        }
        None => None,
    };
    let client = match &tls.client_cert {
        Some(path) => {
            let chain = read_chain(path)?.iter().map(|one| one.to_vec()).collect();
            let key = read_key(path)?.secret_der().to_vec();
            Some(Arc::new(CertKey::new(chain, key)))
        }
        None => None,
    };
    Ok(Model {
        group: u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1),
        ca,
        client,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(upstreams: &[&str]) -> Pool {
        let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
        route.upstreams = upstreams
            .iter()
            .map(|host| Upstream::Http {
                host: (*host).to_owned(),
                port: 80,
            })
            .collect();
        Pool::new(&route, 0).unwrap()
    }

    fn chosen(pool: &Pool, times: usize) -> Vec<String> {
        (0..times)
            .map(|_| pool.choose().unwrap().label.to_string())
            .collect()
    }

    #[test]
    fn upstreams_take_turns() {
        let pool = pool(&["10.0.0.1", "10.0.0.2"]);
        assert_eq!(
            chosen(&pool, 3),
            ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80"]
        );
    }

    #[test]
    fn one_that_failed_rests_and_is_taken_only_when_there_is_no_other() {
        let pool = pool(&["10.0.0.1", "10.0.0.2"]);
        pool.failed(0);
        assert_eq!(chosen(&pool, 2), ["10.0.0.2:80", "10.0.0.2:80"]);
        pool.failed(1);
        assert!(pool.choose().is_some());
    }

    #[tokio::test]
    async fn names_are_resolved_in_the_background_and_unknown_ones_are_passed_over() {
        let pool = pool(&["localhost", "no-such-host.invalid"]);
        assert!(pool.choose().is_none());
        pool.resolve().await;
        assert_eq!(chosen(&pool, 2), ["localhost:80", "localhost:80"]);
    }

    #[test]
    fn an_https_upstream_is_verified_by_its_name_even_if_that_is_an_address() {
        let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
        route.upstreams = vec![Upstream::Https {
            host: "[::1]".to_owned(),
            port: 8443,
        }];
        let peer = Pool::new(&route, 3).unwrap().choose().unwrap().peer;
        assert_eq!(peer.sni, "::1");
        assert!(peer.options.verify_cert && peer.options.verify_hostname);
        assert_ne!(peer.group_key, 0);
    }
}
