//! `route.bearer`, validated.

use crate::base::{IssuerId, ScopeSet};
use crate::model::StandingKind;

/// Tokens that a route takes, besides sessions.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BearerSettings {
    /// Access tokens of an issuer of ours.
    pub access: Option<AccessTokens>,
    /// Instead of those: access tokens of an issuer that is not ours.
    pub trusted: Option<TrustedTokens>,
    /// What tokens must allow, all of it; nothing in particular when empty.
    pub scopes: ScopeSet,
    /// Whether the app gets an access token too.
    pub forward: bool,
    /// Whether access tokens of clients pass that act for nobody but themselves.
    pub clients: bool,
    /// Whether people's standing tokens pass.
    pub personal: bool,
    /// Whether services' standing tokens pass.
    pub service: bool,
}

/// Access tokens that a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokens {
    /// The issuer that made them.
    pub issuer: IssuerId,
    /// Whom they must be for: the id of an API resource, byte for byte.
    pub audience: String,
}

/// Access tokens of somebody else's that a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedTokens {
    /// The name of the `[trusted_issuer.NAME]` that made them.
    pub name: String,
    /// Whom they must be for; any of the issuer's audiences when absent.
    pub audience: Option<String>,
}

impl BearerSettings {
    /// Whether standing tokens of this kind pass.
    pub const fn takes(&self, kind: StandingKind) -> bool {
        match kind {
            StandingKind::Personal => self.personal,
            StandingKind::Service => self.service,
        }
    }

    /// Whether any standing token passes, which may come as a password too.
    pub const fn takes_passwords(&self) -> bool {
        self.personal || self.service
    }
}
