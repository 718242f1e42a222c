//! The right to mint: what a client was given, once a code was redeemed or a refresh token
//! rotated. Nothing else makes one, and nothing is minted without one.

use super::Entitled;
use super::code::Code;
use crate::base::{GrantId, IssuerId, ScopeSet, SessionId, TenantId, Timestamp, UserId};
use crate::model::grant::Confirmation;
use crate::model::{Amr, Extent, Grant};

/// What a client was given, and may still have.
#[derive(Clone, Debug)]
pub struct Authorization {
    grant: Grant,
    entitled: Entitled,
    session: Option<SessionId>,
    nonce: Option<String>,
    bound_to: Option<Confirmation>,
    issued: Timestamp,
}

impl Authorization {
    /// From a grant that was just made from `code`.
    pub(super) fn redeemed(grant: Grant, entitled: Entitled, code: &Code) -> Self {
        Self {
            issued: grant.created,
            grant,
            entitled,
            session: Some(code.session.clone()),
            nonce: code.nonce.clone(),
            bound_to: None,
        }
    }

    /// From a grant that was approved just now, for tokens that need no code.
    pub(super) fn approved(grant: Grant, entitled: Entitled, nonce: Option<String>) -> Self {
        Self {
            issued: grant.created,
            session: grant.session.clone(),
            grant,
            entitled,
            nonce,
            bound_to: None,
        }
    }

    /// From a grant whose refresh token was used, and found good at `issued`. The nonce belonged to the
    /// first ID token (OpenID Connect Core 12.2).
    pub(super) fn refreshed(grant: Grant, entitled: Entitled, issued: Timestamp) -> Self {
        Self {
            issued,
            session: grant.session.clone(),
            grant,
            entitled,
            nonce: None,
            bound_to: None,
        }
    }

    /// The grant's id.
    pub const fn grant(&self) -> &GrantId {
        &self.grant.id
    }

    /// Who it is about.
    pub const fn user(&self) -> &UserId {
        &self.grant.user
    }

    /// The session it was given in; with offline access, known only while the code is redeemed.
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// When the grant was last made or found good: what was ended since, ended it too.
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// By what the person proved who they are.
    pub fn amr(&self) -> &[Amr] {
        &self.grant.amr
    }

    /// The tenant it was given in.
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.grant.tenant.as_ref()
    }

    /// What was granted, as far as the client may still have it.
    pub const fn scopes(&self) -> &ScopeSet {
        self.entitled.scopes()
    }

    /// The same beside the scopes.
    pub(super) const fn entitled(&self) -> &Entitled {
        &self.entitled
    }

    /// Binds the access tokens that are minted from here on to the sender's key.
    pub fn bind(&mut self, sender: Option<&Confirmation>) {
        self.bound_to = sender.cloned();
    }

    /// What access tokens are bound to.
    pub const fn bound_to(&self) -> Option<&Confirmation> {
        self.bound_to.as_ref()
    }

    pub(super) const fn row(&self) -> &Grant {
        &self.grant
    }

    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// The row a redeemed code leaves behind: what the person allowed, whole. Refresh tokens are good for
/// `held` alone.
pub(super) fn grant_of(
    code: &Code,
    entitled: &Entitled,
    issuer: &IssuerId,
    (now, expires): (Timestamp, Timestamp),
    held: Option<&Confirmation>,
) -> Grant {
    // Offline access is access without the session (OpenID Connect Core 11).
    let offline = entitled.scopes().contains("offline_access");
    Grant {
        id: code.grant.clone(),
        issuer: issuer.clone(),
        client: code.client.clone(),
        user: code.user.clone(),
        session: (!offline).then(|| code.session.clone()),
        tenant: code.tenant.clone(),
        scopes: code.scopes.clone(),
        extent: Extent {
            confirmation: held.cloned(),
            sector: entitled.sector(),
            ..code.extent.clone()
        },
        auth_time: code.auth_time,
        amr: code.amr.clone(),
        created: now,
        expires,
        generation: 0,
        rotated: None,
        revoked: None,
    }
}
