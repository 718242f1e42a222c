//! What the sign-in door writes into the audit trail.

use super::state::LoginState;
use crate::base::{SessionId, UserId};
use crate::model::{AuditKind, AuditRecord};
use crate::web::Inbound;

/// What happened.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    pub kind: AuditKind,
    pub ok: bool,
    pub reason: &'static str,
    pub user: Option<&'a UserId>,
    pub session: Option<&'a SessionId>,
}

/// Writes it down, with who asked and when.
pub(super) fn record(state: &LoginState, inbound: &Inbound, event: Event<'_>) {
    state.audit.record(AuditRecord {
        at: state.clock.now(),
        kind: event.kind,
        ok: event.ok,
        reason: event.reason,
        user: event.user.cloned(),
        session: event.session.cloned(),
        issuer: None,
        client: None,
        route: None,
        address: Some(inbound.client),
        request: Some(inbound.request_id.clone()),
    });
}
