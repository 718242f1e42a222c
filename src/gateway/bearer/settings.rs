//! `route.bearer`, validated.

use crate::base::{IssuerId, ScopeSet};

/// Access tokens that a route takes, besides sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerSettings {
    /// The issuer that made them.
    pub issuer: IssuerId,
    /// Whom they must be for: the id of an API resource, byte for byte.
    pub audience: String,
    /// What they must allow, all of it; nothing in particular when empty.
    pub scopes: ScopeSet,
    /// Whether the app gets the token too.
    pub forward: bool,
    /// Whether tokens of clients pass that act for nobody but themselves.
    pub clients: bool,
}
