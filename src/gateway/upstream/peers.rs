//! How an upstream is connected to: its addresses, and what every connection of a route shares.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pingora::protocols::ALPN;
use pingora::upstreams::peer::HttpPeer;
use pingora::utils::tls::{CertKey, WrappedX509, parse_x509};

use crate::gateway::settings::{Protocol, RouteSettings, Upstream};
use crate::gateway::tls::{TlsError, read_chain, read_key};

/// Streams at once on one connection, in HTTP/2.
const STREAMS: usize = 100;
/// An idle pooled connection is closed before most servers would close it.
const POOLED: Duration = Duration::from_secs(55);

/// What every connection of a route shares.
#[derive(Clone)]
pub(super) struct Model {
    group: u64,
    ca: Option<Arc<[WrappedX509]>>,
    client: Option<Arc<CertKey>>,
    /// The name that is asked for and verified, instead of the upstream's host.
    sni: Option<String>,
    http2: bool,
    connect: Duration,
}

impl Model {
    /// For the route with this group. Reads certificates.
    pub(super) fn new(route: &RouteSettings, group: usize) -> Result<Self, TlsError> {
        let tls = &route.upstream_tls;
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
        Ok(Self {
            group: u64::try_from(group).unwrap_or(u64::MAX).saturating_add(1),
            ca,
            client,
            sni: tls.sni.clone(),
            http2: route.pool.protocol == Protocol::Http2,
            connect: route.limits.connect,
        })
    }
}

/// What has to be resolved: a host that is no address.
pub(super) fn name_of(upstream: &Upstream) -> Option<(&str, u16)> {
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
pub(super) fn fixed_peers(upstream: &Upstream, model: &Model) -> Vec<HttpPeer> {
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

/// The peer at one address of an upstream.
pub(super) fn inet_peer(address: SocketAddr, upstream: &Upstream, model: &Model) -> HttpPeer {
    let peer = match upstream {
        // An empty server name would switch verification off; a host is never empty.
        Upstream::Https { host, .. } => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let name = model.sni.as_deref().unwrap_or(bare);
            HttpPeer::new(address, true, name.to_owned())
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
    options.alpn = if model.http2 { ALPN::H2 } else { ALPN::H1 };
    options.max_h2_streams = STREAMS;
    options.connection_timeout = Some(model.connect);
    // The handshake of TLS takes its time too.
    options.total_connection_timeout = Some(model.connect * 2);
    options.idle_timeout = Some(POOLED);
    peer
}
