//! Forwarding what has a permit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderName, StatusCode, Version, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::ALPN;
use pingora::proxy::Session;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorSource, ErrorType, Result};

use super::assertion::{CannotTell, Forward};
use super::context::Context;
use super::rewrite::{Back, change_answer, rewrite_answer, rewrite_request};
use super::settings::{Protocol, UpstreamHost};
use super::tunnel::Tunnels;
use super::upstream::Pool;
use super::{app_login, clean, grpc, live};
use crate::session::Sessions;

/// An upload slower than this, averaged after [`GRACE`], is an attack or hopeless.
const LEAST_RATE: u64 = 128;
const GRACE: Duration = Duration::from_secs(30);
/// Answers that are longer than this, or do not say, are watched for the end of their session.
const LONG: u64 = 1024 * 1024;

/// Where an attempt to forward goes. Demands the permit.
pub(super) fn peer(session: &Session, ctx: &mut Context) -> Result<Box<HttpPeer>> {
    let Some(permit) = &ctx.permit else {
        return Err(Error::explain(ErrorType::InternalError, "no permit"));
    };
    let route = permit.route();
    let limits = &route.settings.limits;
    if let (Some(limit), Some(length)) = (limits.body, stated_length(session))
        && length > limit
    {
        return Err(Error::explain(
            ErrorType::HTTPStatus(413),
            "body over the route's limit",
        ));
    }
    let served = ctx.snapshot.served.get(route.index);
    let chosen = served.and_then(|served| served.pool.choose());
    let Some(mut chosen) = chosen else {
        return Err(Error::explain(
            ErrorType::HTTPStatus(502),
            "no upstream resolves",
        ));
    };
    // The library's timeout is one per read, so what may be silent on purpose gets none.
    let silent = may_be_silent(session.req_header());
    chosen.peer.options.read_timeout = (!silent).then_some(limits.timeout);
    if session.req_header().headers.contains_key(header::UPGRADE) {
        chosen.peer.options.custom_l4 = Some(Arc::new(Tunnels));
        // Never one of the pool's, which are not made for it.
        chosen.peer.group_key |= 1 << 63;
        // A WebSocket needs HTTP/1.1, whatever else the app speaks.
        chosen.peer.options.alpn = ALPN::H1;
    }
    ctx.attempts += 1;
    ctx.member = chosen.member;
    ctx.upstream = Some(chosen.label);
    ctx.authority = chosen.authority;
    Ok(chosen.peer)
}

fn stated_length(session: &Session) -> Option<u64> {
    let length = session.req_header().headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// Upgraded connections, server-sent events and streaming calls.
pub(super) fn may_be_silent(request: &RequestHeader) -> bool {
    let says = |name: HeaderName, what: &str| {
        let mut values = request.headers.get_all(name).iter();
        values.any(|value| value.to_str().is_ok_and(|value| value.contains(what)))
    };
    request.headers.contains_key(header::UPGRADE)
        || says(header::ACCEPT, "text/event-stream")
        || says(header::CONTENT_TYPE, "application/grpc")
}

/// Whether another upstream is tried after a failed connection.
pub(super) fn try_another(ctx: &Context) -> bool {
    pool_of(ctx).is_some_and(|pool| {
        pool.unreachable(ctx.member);
        ctx.attempts < pool.len()
    })
}

/// Notes that an upstream broke off or stayed silent. Whether another is tried: only for a method
/// that changes nothing, as this one may have done what it was asked (RFC 9110 9.2.2), and only
/// while the client has heard nothing.
pub(super) fn try_another_after(session: &Session, error: &Error, ctx: &Context) -> bool {
    let Some(pool) = pool_of(ctx).filter(|_| *error.esource() == ErrorSource::Upstream) else {
        return false;
    };
    pool.failed(ctx.member);
    let request = session.req_header();
    request.method.is_safe()
        && !request.headers.contains_key(header::UPGRADE)
        && session.response_written().is_none()
        && !session.as_ref().retry_buffer_truncated()
        && ctx.attempts < pool.len()
}

/// Notes that an upstream answered.
pub(super) fn answered(ctx: &Context) {
    if let Some(pool) = pool_of(ctx) {
        pool.answered(ctx.member);
    }
}

fn pool_of(ctx: &Context) -> Option<&Arc<Pool>> {
    let route = ctx.route()?;
    let served = ctx.snapshot.served.get(route.index)?;
    Some(&served.pool)
}

/// Strips what a client could forge and writes ours. Runs after the library has removed hop-by-hop
/// fields, so that nothing written here can be nominated away.
pub(super) fn write_request(request: &mut RequestHeader, ctx: &Context) -> Result<()> {
    let (Some(permit), Some(authority)) = (&ctx.permit, request.headers.get(header::HOST).cloned())
    else {
        return Err(Error::explain(ErrorType::InternalError, "no permit"));
    };
    let forwarding = &permit.route().settings.forwarding;
    rewrite_request(request, forwarding, ctx.authority.as_deref())?;
    let forward = Forward {
        client: ctx.client,
        authority: &authority,
        request: &ctx.request,
        took: ctx.overhead,
    };
    ctx.snapshot
        .assertions
        .apply(request, permit, &forward)
        .map_err(|error| Error::explain(untold(&error, ctx), error.to_string()))?;
    app_login::write(request, permit, ctx)?;
    if permit.route().settings.pool.protocol == Protocol::Http2 && grpc::is_call(&request.headers) {
        // Hop by hop, so that the client's was removed; servers ask for it (gRPC over HTTP/2).
        request.insert_header(header::TE, "trailers")?;
    }
    let strip = forwarding.rewrite.strip.as_str();
    if !strip.is_empty() {
        request.insert_header("X-Forwarded-Prefix", strip)?;
    }
    Ok(())
}

/// Makes of an app's answer what browsers may hear, in their own terms.
pub(super) fn write_answer(session: &Session, answer: &mut ResponseHeader, ctx: &Context) {
    clean::clean(answer);
    let Some(permit) = &ctx.permit else {
        return;
    };
    let forwarding = &permit.route().settings.forwarding;
    let outside = session.req_header().headers.get(header::HOST);
    let told = match &forwarding.host {
        UpstreamHost::Name(name) => Some(name.as_str()),
        UpstreamHost::Keep | UpstreamHost::Upstream => None,
    };
    if let Some(outside) = outside.and_then(|host| host.to_str().ok()) {
        let back = Back {
            forwarding,
            inside: [ctx.authority.as_deref(), told],
            scheme: if ctx.client.https { "https" } else { "http" },
            outside,
        };
        rewrite_answer(answer, &back);
    }
    change_answer(answer, &forwarding.response_headers);
    app_login::refused(session, answer, ctx);
}

/// Says it to whoever runs the app; the kind is what the person is told.
fn untold(error: &CannotTell, ctx: &Context) -> ErrorType {
    let kind = match error {
        CannotTell::NoKey => ErrorType::InternalError,
        CannotTell::TooLong { .. } => ErrorType::HTTPStatus(431),
    };
    let route = ctx.route().map(|route| route.settings.id.as_str());
    tracing::warn!(%error, route, request = %ctx.request, "an app cannot be told who comes");
    kind
}

/// Bounds a request's body: in size by the route, in patience for everybody.
pub(super) fn watch_body(session: &Session, ctx: &mut Context, body: Option<&Bytes>) -> Result<()> {
    if session.was_upgraded() {
        return Ok(());
    }
    ctx.body += body.map_or(0, |body| body.len() as u64);
    let limit = ctx.route().and_then(|route| route.settings.limits.body);
    if limit.is_some_and(|limit| ctx.body > limit) {
        return Err(Error::explain(
            ErrorType::HTTPStatus(413),
            "body over the route's limit",
        ));
    }
    let since = *ctx.body_since.get_or_insert_with(Instant::now);
    if body.is_some() && too_slow(ctx.body, since.elapsed()) {
        return Err(Error::explain(
            ErrorType::HTTPStatus(408),
            "body arrives too slowly",
        ));
    }
    Ok(())
}

/// Whether an upload of which `bytes` have come in `spent` is given up.
fn too_slow(bytes: u64, spent: Duration) -> bool {
    spent > GRACE && bytes / spent.as_secs().max(1) < LEAST_RATE
}

/// HTTP/1.0 has no chunks, though the library would send them: the end of the connection is the
/// end of the body.
pub(super) fn frame_for_old_clients(session: &mut Session, response: &mut ResponseHeader) {
    if session.req_header().version == Version::HTTP_10
        && response.headers.contains_key(header::TRANSFER_ENCODING)
    {
        response.remove_header(&header::TRANSFER_ENCODING);
        session.set_keepalive(None);
    }
}

/// Whether an answer may go on for long after it was decided on.
pub(super) fn is_long(response: &ResponseHeader) -> bool {
    if response.status.is_informational()
        || matches!(
            response.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        )
    {
        return false;
    }
    let length = response.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_none_or(|length| length > LONG)
}

/// Whether a request may go on for long before its answer begins: it is still being sent, or the
/// answer may be silent. All others are bound by the route's timeout.
pub(super) fn may_take_long(session: &mut Session) -> bool {
    may_be_silent(session.req_header()) || !session.is_body_empty()
}

/// Ties the request to its session: from here on it ends when that ends.
pub(super) fn bind_to_session(sessions: &Sessions, ctx: &mut Context) -> Result<()> {
    if ctx.bound {
        return Ok(());
    }
    let Some(permit) = &ctx.permit else {
        return Ok(());
    };
    // It may have ended between the decision and now, before anybody watched.
    let (guard, ended) = match (permit.token(), permit.person()) {
        (Some(token), person) => {
            let origin = token.origin();
            let user = person.map(|person| &person.user.id);
            let guard = sessions.watch_token(token.id(), origin, user);
            (guard, sessions.revocations().voids_token(origin))
        }
        (None, Some(person)) => {
            let guard = sessions.watch(&person.lease);
            (guard, sessions.revocations().voids(&person.lease))
        }
        (None, None) => return Ok(()),
    };
    if ended {
        return Err(Error::explain(
            ErrorType::HTTPStatus(401),
            "the session has ended",
        ));
    }
    live::bind(guard);
    ctx.bound = true;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_02_an_upload_of_a_byte_in_a_second_is_given_up_after_its_grace() {
        let after =
            |seconds: u64, rate: u64| too_slow(seconds * rate, Duration::from_secs(seconds));
        assert!(!after(30, 1), "everybody may begin slowly");
        assert!(after(31, 1));
        assert!(after(31, 127) && after(3600, 127));
        assert!(!after(31, 128) && !after(3600, 128));
        assert!(!after(0, 0));
    }
}
