//! Audit records as the issuer writes them.

use crate::base::{ClientId, SessionId, UserId};
use crate::issuer::state::At;
use crate::model::{AuditKind, AuditRecord};
use crate::web::Inbound;

/// A record in the making.
pub struct Entry(AuditRecord);

impl Entry {
    /// Something that was refused, for `reason`.
    pub fn new(kind: AuditKind, reason: &'static str) -> Self {
        Self(AuditRecord {
            at: crate::base::Timestamp::default(),
            kind,
            ok: false,
            reason,
            user: None,
            session: None,
            issuer: None,
            client: None,
            route: None,
            address: None,
            request: None,
        })
    }

    /// Something that was done.
    pub fn ok(kind: AuditKind, reason: &'static str) -> Self {
        let mut entry = Self::new(kind, reason);
        entry.0.ok = true;
        entry
    }

    /// For which client.
    pub fn client(mut self, client: &ClientId) -> Self {
        self.0.client = Some(client.clone());
        self
    }

    /// About whom.
    pub fn user<'a>(mut self, user: impl Into<Option<&'a UserId>>) -> Self {
        self.0.user = user.into().cloned();
        self
    }

    /// In which session.
    pub fn session<'a>(mut self, session: impl Into<Option<&'a SessionId>>) -> Self {
        self.0.session = session.into().cloned();
        self
    }

    /// In which request.
    pub fn from(mut self, inbound: &Inbound) -> Self {
        self.0.address = Some(inbound.client);
        self.0.request = Some(inbound.request_id.clone());
        self
    }

    /// Writes it down.
    pub fn record(mut self, at: &At) {
        self.0.at = at.state.clock.now();
        self.0.issuer = Some(at.issuer.id().clone());
        at.state.audit.record(self.0);
    }
}
