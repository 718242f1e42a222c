//! The phases of a request, in the order they happen. Glue only: every rule is in a room of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::header;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};

use super::admit::Permit;
use super::asked::Asked;
use super::context::{Context, Outcome, Place};
use super::state::Gateway;
use super::{answer, cache, clean, compress, embed, forward, guard, instead, interim, receive};

/// The gateway as the HTTP library sees it.
pub(super) struct Phases(pub(super) Arc<Gateway>);

impl std::ops::Deref for Phases {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.0
    }
}

#[async_trait]
impl ProxyHttp for Phases {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        self.context()
    }

    /// None: the default one (compression) is not used.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    /// Normalise, or refuse.
    async fn early_request_filter(&self, session: &mut Session, ctx: &mut Context) -> Result<()> {
        guard::accepted();
        guard::bound_stream(session, guard::STALL);
        receive::receive(session, ctx, &self.metrics).map_err(|refused| {
            self.metrics.rejected(refused.reason());
            ctx.outcome.reason = refused.reason().into();
            ctx.place = Place::Refused(refused);
            Error::explain(
                ErrorType::HTTPStatus(refused.status().as_u16()),
                refused.reason(),
            )
        })
    }

    /// Answer ourselves, or decide that it may be forwarded.
    async fn request_filter(&self, session: &mut Session, ctx: &mut Context) -> Result<bool> {
        match &ctx.place {
            Place::Site(host) => {
                let host = Arc::clone(host);
                if let Some(answer) = self.answer_neighbour(session, ctx).await {
                    return answer.send(session).await.map(|()| true);
                }
                let inbound = receive::inbound(session, ctx, host);
                ctx.outcome = Outcome {
                    decision: "site",
                    reason: Arc::clone(&ctx.snapshot.words.site),
                    user: None,
                    session: None,
                    client: None,
                };
                embed::serve(
                    session,
                    &ctx.snapshot.doors.router,
                    &ctx.snapshot.doors.kit,
                    inbound,
                )
                .await?;
                Ok(true)
            }
            Place::Route(route) => {
                let route = Arc::clone(route);
                let refused = self.decide(&Asked::of(session), ctx, &route).await;
                let answer = match refused {
                    Some(refused) => Some(self.keep_form(session, ctx, refused).await?),
                    None => instead::instead(session, ctx).or_else(|| self.kept(session, ctx)),
                };
                match answer {
                    None => {
                        compress::prepare(session, &route.settings);
                        Ok(false)
                    }
                    Some(answer) => answer.send(session).await.map(|()| true),
                }
            }
            Place::Nowhere | Place::Refused(_) => Err(Error::new(ErrorType::InternalError)),
        }
    }

    /// Only what has a permit has somewhere to go.
    async fn upstream_peer(
        &self,
        session: &mut Session,
        ctx: &mut Context,
    ) -> Result<Box<HttpPeer>> {
        let peer = forward::peer(session, ctx)?;
        if forward::may_take_long(session) {
            forward::bind_to_session(&self.sessions, ctx)?;
        }
        ctx.overhead = ctx.started.elapsed();
        Ok(peer)
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        _end: bool,
        ctx: &mut Context,
    ) -> Result<()> {
        forward::watch_body(session, ctx, body.as_ref())
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        let began = Instant::now();
        forward::write_request(request, ctx)?;
        ctx.overhead += began.elapsed();
        Ok(())
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        interim::check(session.req_header(), response, &mut ctx.interim)?;
        forward::answered(ctx);
        forward::write_answer(session, response, ctx);
        self.begin_to_keep(session, response, ctx);
        Ok(())
    }

    fn upstream_response_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        ctx: &mut Context,
    ) -> Result<Option<Duration>> {
        cache::fill(body.as_ref(), end, ctx);
        Ok(None)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        self.finish_response(session, response, ctx)
    }

    /// Nothing has been sent yet, so another upstream may be tried whatever the method.
    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Context,
        mut error: Box<Error>,
    ) -> Box<Error> {
        error.set_retry(forward::try_another(ctx));
        error
    }

    /// Something has been sent: another try only where that cannot do anything twice.
    fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        ctx: &mut Context,
        client_reused: bool,
    ) -> Box<Error> {
        let mut error = error.more_context(format!("Peer: {peer}"));
        let method = &session.req_header().method;
        if !method.is_idempotent() || session.as_ref().retry_buffer_truncated() {
            error.set_retry(false);
        } else {
            // A pooled connection that the other side had closed says nothing about an upstream.
            error.retry.decide_reuse(client_reused);
        }
        if !error.retry() && forward::try_another_after(session, &error, ctx) {
            error.set_retry(true);
        }
        error
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        ctx: &mut Context,
    ) -> FailToProxy {
        let code = self.note_failure(error, ctx);
        if code > 0 {
            let page = match &ctx.place {
                Place::Refused(refused) => answer::refused_page(*refused),
                Place::Nowhere | Place::Site(_) | Place::Route(_) => answer::failed_page(code),
            };
            let asked = &session.req_header().headers;
            let mut answer =
                answer::Answer::error(&ctx.snapshot.doors.kit, &page, &ctx.request, asked);
            if let Some(allow) = ctx.allow.take() {
                answer.headers.insert(header::ALLOW, allow);
            }
            // What follows a request that failed is not read: its end may not be where it seems.
            session.set_keepalive(None);
            let _ = answer.send(session).await;
        }
        FailToProxy {
            error_code: code,
            can_reuse_downstream: false,
        }
    }

    async fn logging(&self, session: &mut Session, _error: Option<&Error>, ctx: &mut Context) {
        self.log(session, ctx);
    }

    /// The library's own lines hold bytes of the request; ours are written in `logging`.
    fn suppress_error_log(&self, _session: &Session, _ctx: &Context, _error: &Error) -> bool {
        true
    }

    fn suppress_proxy_warn_log(
        &self,
        _session: &Session,
        _ctx: &Context,
        _error: &Error,
        _context: ProxyWarnLogContext,
    ) -> bool {
        true
    }

    fn request_summary(&self, _session: &Session, ctx: &Context) -> String {
        ctx.request.to_string()
    }
}

impl Gateway {
    /// The cookie of a renewed lease, what HTTP/1.0 cannot read, and what outlives its decision.
    fn finish_response(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        forward::frame_for_old_clients(session, response);
        if let Some(cookie) = ctx.renewed.take() {
            response.append_header(header::SET_COOKIE, cookie)?;
            clean::keep_private(response);
        } else if !response.status.is_informational()
            && ctx.permit.as_ref().is_some_and(Permit::is_personal)
        {
            clean::keep_personal(response);
        }
        let upgraded = response.status == http::StatusCode::SWITCHING_PROTOCOLS;
        if upgraded {
            let gauge = self.metrics.upgraded_connections();
            ctx.upgraded = Some(super::context::Held::new(gauge));
        }
        if upgraded || forward::is_long(response) {
            forward::bind_to_session(&self.sessions, ctx)?;
        }
        Ok(())
    }
}

/// How long a request took so far.
pub(super) fn elapsed(ctx: &Context) -> Duration {
    ctx.started.elapsed()
}
