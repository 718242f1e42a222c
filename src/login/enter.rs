//! The one place a browser gets a session: always a new one, in a browser made new.

use axum::response::Response;
use http::HeaderValue;
use http::header::SET_COOKIE;

use super::device::Device;
use super::record::{Event, record};
use super::state::LoginState;
use crate::base::UserId;
use crate::flow::OwnPath;
use crate::model::{AuditKind, Proven};
use crate::web::{Browser, ErrorPage, Inbound, Visitor, see_other};

/// Somebody at the door.
pub(super) struct Entry<'a> {
    /// Who was proven.
    pub proven: &'a Proven,
    /// By which method, for the metrics.
    pub method: &'static str,
    /// Who sat at this browser before.
    pub before: &'a Visitor,
    /// The accounts this browser is known for.
    pub device: &'a Device,
    /// Where they go on.
    pub resume: &'a OwnPath,
}

/// Starts the session, ends the one this browser had, and goes on with 303 so that the password is
/// not posted again (RFC 9700 4.12). `None` when what was proven came to nothing while it was being
/// checked.
pub(super) async fn enter(
    state: &LoginState,
    inbound: &Inbound,
    entry: Entry<'_>,
) -> Result<Option<Response>, ErrorPage> {
    let started = state.sessions.start(entry.proven, inbound.device());
    let Some(session) = started.await? else {
        overtaken(state, inbound, entry.method, &entry.proven.user);
        return Ok(None);
    };
    if let Some(old) = &entry.before.0 {
        state.sessions.end(&old.session).await?;
    }
    let mut response = see_other(entry.resume.as_str());
    for cookie in [
        state.sessions.cookie(&session, state.kit.host())?,
        Browser::fresh(&state.kit)?.set_cookie(),
        entry.device.remember(entry.proven, state)?,
    ] {
        let cookie = HeaderValue::from_str(&cookie)
            .map_err(|_| ErrorPage::internal("a cookie of ours holds bytes no header may"))?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    state.metrics.login(entry.method, "ok");
    record(
        state,
        inbound,
        Event {
            kind: AuditKind::Login,
            ok: true,
            reason: entry.method,
            user: Some(&session.user),
            session: Some(&session.id),
        },
    );
    Ok(Some(response))
}

/// Notes that somebody was right, and too late: they were disabled, or their credentials replaced.
pub(super) fn overtaken(
    state: &LoginState,
    inbound: &Inbound,
    method: &'static str,
    user: &UserId,
) {
    state.metrics.login(method, "wrong");
    record(
        state,
        inbound,
        Event {
            kind: AuditKind::Login,
            ok: false,
            reason: "changed_meanwhile",
            user: Some(user),
            session: None,
        },
    );
}
