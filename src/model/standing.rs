//! Standing tokens: made once, and good at routes until they expire or are revoked.

use std::fmt;

use crate::base::opaque::{PersonalToken, ServiceToken};
use crate::base::{OpaqueHash, RouteId, ScopeSet, Timestamp, TokenId, UserId};

/// Whose a standing token can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandingKind {
    /// A person's: whoever has it acts as them.
    Personal,
    /// A service's: whoever has it acts as nobody but the service.
    Service,
}

/// Whose a standing token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    Person(UserId),
    /// A service that is no person, called by the token's name.
    Service,
}

/// A standing token as stored: everything but the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingToken {
    /// What it is revoked by, such as `pat-0123456789abcdef`. Begins with [`Self::ID_PREFIXES`].
    pub id: TokenId,
    /// Whose.
    pub holder: Holder,
    /// What its maker calls it; a service's own name.
    pub name: String,
    /// What it allows.
    pub scopes: ScopeSet,
    /// The routes that it opens; empty for all that take its kind.
    pub routes: Vec<RouteId>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was last seen, to the minute; none when it never was.
    pub used: Option<Timestamp>,
}

impl StandingToken {
    /// How their ids begin, so that they are told from those of access tokens.
    pub const ID_PREFIXES: [&str; 2] = ["pat-", "svc-"];

    /// Whose kind.
    pub const fn kind(&self) -> StandingKind {
        match self.holder {
            Holder::Person(_) => StandingKind::Personal,
            Holder::Service => StandingKind::Service,
        }
    }

    /// The person whose it is, if it is one's.
    pub const fn user(&self) -> Option<&UserId> {
        match &self.holder {
            Holder::Person(user) => Some(user),
            Holder::Service => None,
        }
    }

    /// Whether it may be shown to this route.
    pub fn opens(&self, route: &RouteId) -> bool {
        self.routes.is_empty() || self.routes.contains(route)
    }
}

impl StandingKind {
    /// How ids of this kind begin.
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::Personal => "pat-",
            Self::Service => "svc-",
        }
    }

    /// As people are told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Service => "service",
        }
    }
}

/// The SHA-256 of a standing token of either kind: their prefixes are part of what is hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StandingHash([u8; 32]);

impl StandingHash {
    /// The 32 bytes as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StandingHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandingHash(..)")
    }
}

impl From<OpaqueHash<PersonalToken>> for StandingHash {
    fn from(hash: OpaqueHash<PersonalToken>) -> Self {
        Self(*hash.as_bytes())
    }
}

impl From<OpaqueHash<ServiceToken>> for StandingHash {
    fn from(hash: OpaqueHash<ServiceToken>) -> Self {
        Self(*hash.as_bytes())
    }
}
