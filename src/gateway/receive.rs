//! The beginning of a request: where it came from, where it is addressed, in one form from here on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Once};

use http::{HeaderValue, Method, header};
use pingora::proxy::Session;

use super::assertion::client_of;
use super::authz;
use super::client_certs::Handshake;
use super::context::{Context, Place};
use super::route::{Manner, Target};
use super::target::{Address, Head, Refused, check_framing, check_old_framing};
use crate::telemetry::Metrics;
use crate::web::Inbound;

/// Reads the request's address, finds what takes it, and rewrites it to its canonical form.
pub(super) fn receive(
    session: &mut Session,
    ctx: &mut Context,
    metrics: &Metrics,
) -> Result<(), Refused> {
    let (peer, tls) = (peer(session), is_tls(session));
    let said = client_of(
        peer,
        tls,
        &session.req_header().headers,
        &ctx.snapshot.trusted,
    );
    ctx.client = said.client;
    if said.unreadable {
        unreadable(metrics);
    }
    check_framing(&session.req_header().headers, || session.to_h1_raw())?;
    let request = session.req_header();
    check_old_framing(request.version, &request.method, &request.headers)?;
    let head = Head {
        method: &request.method,
        version: request.version,
        target: request.raw_path(),
        scheme: request.uri.scheme_str(),
        tls: (!ctx.snapshot.trusted.iter().any(|net| net.contains(&peer))).then_some(tls),
        authority: request.uri.authority().map(http::uri::Authority::as_str),
        headers: &request.headers,
    };
    let address = Address::read(&head)?;
    let public = ctx.snapshot.public_port;
    address.check_port(|port| port == public || Some(port) == local_port(session))?;
    let manner = Manner {
        method: &request.method,
        headers: &request.headers,
    };
    ctx.place = match ctx.snapshot.table.find(&address, manner) {
        Target::Site => Place::Site(Arc::from(address.host.as_ref())),
        Target::Route(route) => {
            // A connection for one host says nothing of another (RFC 9110 7.4).
            if route.settings.rule.asks_for_a_certificate()
                && Handshake::of(session).is_some_and(|made| !made.is_for(&address.host))
            {
                return Err(Refused::ServerNameOther);
            }
            ctx.host = route.host(&address.host);
            Place::Route(Arc::clone(route))
        }
        Target::OtherMethods => {
            ctx.allow = allow(&ctx.snapshot.table.methods_at(&address, &request.headers));
            return Err(Refused::MethodUntaken);
        }
        Target::OtherHeaders => return Err(Refused::HeadersUntaken),
        // A neighbour calls us by the name it knows us by.
        Target::Unknown(Refused::HostUnknown) if authz::is_asked(&ctx.snapshot, &address, peer) => {
            Place::Site(Arc::from(address.host.as_ref()))
        }
        Target::Unknown(refused) => return Err(refused),
    };
    let has_host = request.headers.contains_key(header::HOST);
    if address.rewritten || !has_host {
        let (target, authority) = (address.path_and_query(), address.authority());
        rewrite(session, &target, &authority)?;
    }
    Ok(())
}

/// Counts every time, and warns the first time only: proxies write all their lines alike.
fn unreadable(metrics: &Metrics) {
    static WARNED: Once = Once::new();
    metrics.forwarded_unreadable();
    WARNED.call_once(|| {
        tracing::warn!(
            "a trusted proxy sends X-Forwarded-For entries that are no addresses; whoever comes \
             through it counts as one client (said once, see \
             doorward_forwarded_unreadable_total)"
        );
    });
}

/// The value of `Allow`, which 405 demands (RFC 9110 15.5.6).
fn allow(methods: &[Method]) -> Option<HeaderValue> {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&names.join(", ")).ok()
}

/// From here on the request is what was decided on, byte for byte.
fn rewrite(session: &mut Session, target: &str, authority: &str) -> Result<(), Refused> {
    let host = HeaderValue::from_str(authority).map_err(|_| Refused::HostMalformed)?;
    let request = session.req_header_mut();
    // An HTTP/2 request carries its authority in the URI; both have to say the same.
    let uri = if request.uri.authority().is_some() {
        let scheme = request.uri.scheme_str().unwrap_or("https");
        format!("{scheme}://{authority}{target}")
    } else {
        target.to_owned()
    };
    let uri = uri.parse().map_err(|_| Refused::PathCharacter)?;
    request.set_uri(uri);
    request
        .insert_header(header::HOST, host)
        .map_err(|_| Refused::HostMalformed)
}

/// The other end of the socket. A unix socket has no address; its peer is this machine.
pub(super) fn peer(session: &Session) -> IpAddr {
    session
        .client_addr()
        .and_then(|address| address.as_inet())
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| {
            address.ip().to_canonical()
        })
}

/// The port of this end of the socket: where a container or another proxy leads here.
fn local_port(session: &Session) -> Option<u16> {
    let address = session.server_addr()?.as_inet()?;
    Some(address.port())
}

pub(super) fn is_tls(session: &Session) -> bool {
    session
        .digest()
        .is_some_and(|digest| digest.ssl_digest.is_some())
}

/// What the site's handlers learn about the request.
pub(super) fn inbound(session: &Session, ctx: &Context, host: Arc<str>) -> Inbound {
    let agent = session.req_header().headers.get(header::USER_AGENT);
    let agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    Inbound {
        request_id: ctx.request.clone(),
        client: ctx.client.address,
        host,
        https: ctx.client.https,
        user_agent: agent.as_deref().unwrap_or_default().into(),
    }
}
