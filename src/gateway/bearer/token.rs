//! A token that was taken, whoever made it.

use std::sync::Arc;

use crate::base::{ClientId, ScopeSet, SessionId, TokenId};
use crate::model::StandingKind;
use crate::session::revocation::TokenOrigin;
use crate::tokens::{Standing, Trusted, Verified};

/// A token that was taken.
#[derive(Clone, Debug)]
pub enum Token {
    /// An access token of an issuer of ours.
    Access(Arc<Verified>),
    /// A person's or a service's standing token.
    Standing(Arc<Standing>),
    /// An access token of an issuer that is not ours.
    Trusted(Arc<Trusted>),
}

impl Token {
    /// What it is revoked by.
    pub fn id(&self) -> &TokenId {
        match self {
            Self::Access(verified) => &verified.token.id,
            Self::Standing(standing) => &standing.token.id,
            Self::Trusted(trusted) => &trusted.id,
        }
    }

    /// What ends it.
    pub fn origin(&self) -> TokenOrigin<'_> {
        match self {
            Self::Access(verified) => verified.token.origin(),
            Self::Standing(standing) => standing.origin(),
            Self::Trusted(trusted) => trusted.origin(),
        }
    }

    /// The session behind it.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Access(verified) => verified.token.session.as_ref(),
            Self::Standing(_) | Self::Trusted(_) => None,
        }
    }

    /// Who presents it, as records name it.
    pub fn client(&self) -> &ClientId {
        match self {
            Self::Access(verified) => &verified.token.client,
            Self::Standing(standing) => &standing.client,
            Self::Trusted(trusted) => &trusted.client,
        }
    }

    /// What it allows.
    pub fn scopes(&self) -> &ScopeSet {
        match self {
            Self::Access(verified) => &verified.token.scopes,
            Self::Standing(standing) => &standing.token.scopes,
            Self::Trusted(trusted) => &trusted.scopes,
        }
    }

    /// By which header an app is told who presents it, and who that is.
    pub fn bearer(&self) -> (&'static str, &str) {
        match self {
            Self::Access(verified) => ("Doorward-Client", verified.token.client.as_str()),
            Self::Standing(standing) => match standing.token.kind() {
                StandingKind::Personal => ("Doorward-Token", standing.token.id.as_str()),
                StandingKind::Service => ("Doorward-Service", &standing.token.name),
            },
            Self::Trusted(trusted) => ("Doorward-Client", trusted.client.as_str()),
        }
    }

    /// Whether an app may be given it where its route says so: it is good for that app alone.
    pub const fn may_be_forwarded(&self) -> bool {
        match self {
            Self::Access(_) | Self::Trusted(_) => true,
            Self::Standing(_) => false,
        }
    }
}
