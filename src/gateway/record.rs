//! The end of a request: what went wrong, and its line in the log.

use pingora::proxy::Session;
use pingora::{Error, ErrorSource, ErrorType};

use super::context::{Context, Place};
use super::proxy::elapsed;
use super::state::Gateway;
use crate::base::SessionId;
use crate::base::encoding::{hex, sha256};
use crate::telemetry::AccessRecord;

impl Gateway {
    /// The status that says what went wrong, 0 when nobody is there to be told.
    pub(super) fn note_failure(&self, error: &Error, ctx: &mut Context) -> u16 {
        let code = status_of(error);
        if let Some(route) = ctx.route()
            && matches!(code, 502 | 504)
        {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the library's list grows, and whatever it is, no connection came about"
            )]
            let reason = match error.etype() {
                ErrorType::ConnectTimedout | ErrorType::ReadTimedout | ErrorType::WriteTimedout => {
                    "timeout"
                }
                ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError => {
                    "closed"
                }
                _ => "connect",
            };
            self.metrics.upstream_failed(&route.settings.id, reason);
            tracing::warn!(
                request = %ctx.request,
                route = %route.settings.id,
                upstream = ctx.upstream.as_deref().unwrap_or("-"),
                cause = error.etype().as_str(),
                "an upstream did not answer"
            );
        } else if code >= 500 {
            // The type only: the library puts bytes of the request into its explanations.
            tracing::error!(
                request = %ctx.request,
                cause = error.etype().as_str(),
                "a request failed"
            );
        }
        code
    }

    /// Writes the request's line and counts it.
    pub(super) fn log(&self, session: &Session, ctx: &Context) {
        let duration = elapsed(ctx);
        let status = session
            .response_written()
            .map_or(0, |sent| sent.status.as_u16());
        // Before anything was forwarded all the time was ours.
        let overhead = if ctx.upstream.is_some() {
            ctx.overhead
        } else {
            duration
        };
        let metrics = match &ctx.place {
            Place::Route(route) => {
                let served = ctx.snapshot.served.get(route.index);
                served.map(|served| &served.metrics)
            }
            Place::Site(_) => Some(&ctx.snapshot.site),
            Place::Nowhere | Place::Refused(_) => None,
        };
        if let Some(metrics) = metrics {
            metrics.answered(status, duration, overhead);
        }
        let request = session.req_header();
        self.access.write(AccessRecord {
            at: self.clock.now(),
            request: ctx.request.clone(),
            route: ctx.route().map(|route| route.settings.id.clone()),
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            status,
            user: ctx.outcome.user.clone(),
            session: ctx.outcome.session.as_ref().map(short),
            decision: ctx.outcome.decision,
            reason: ctx.outcome.reason.clone(),
            shadow: ctx.would.map(|would| (would.decision, would.reason)),
            duration,
            overhead,
            upstream: ctx.upstream.clone(),
            client: ctx.client.address,
        });
    }
}

/// Enough of a hash to find a session's other requests.
fn short(session: &SessionId) -> String {
    let hash = sha256(session.as_str());
    hex(hash.get(..6).unwrap_or_default())
}

fn status_of(error: &Error) -> u16 {
    use ErrorType::{
        ConnectTimedout, ConnectionClosed, HTTPStatus, ReadError, ReadTimedout, WriteError,
        WriteTimedout,
    };
    match (error.etype(), error.esource()) {
        (HTTPStatus(code), _) => *code,
        (ConnectTimedout | ReadTimedout | WriteTimedout, ErrorSource::Upstream) => 504,
        (_, ErrorSource::Upstream) => 502,
        // Whoever takes no answer is not told so.
        // An answer of our own that could not be written names no side.
        (ReadError | ConnectionClosed, ErrorSource::Downstream)
        | (
            WriteError | WriteTimedout,
            ErrorSource::Downstream | ErrorSource::Internal | ErrorSource::Unset,
        ) => 0,
        (ReadTimedout, ErrorSource::Downstream) => 408,
        (_, ErrorSource::Downstream) => 400,
        (_, ErrorSource::Internal | ErrorSource::Unset) => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_nobody_takes_is_no_fault_of_ours() {
        for kind in [ErrorType::WriteError, ErrorType::WriteTimedout] {
            assert_eq!(status_of(&Error::new(kind)), 0);
        }
        assert_eq!(status_of(&Error::new(ErrorType::InternalError)), 500);
    }
}
