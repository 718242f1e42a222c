//! Records of what happened, for people who must answer for it later.

use std::net::IpAddr;

use crate::base::{ClientId, IssuerId, RequestId, RouteId, SessionId, Timestamp, UserId};

/// One audit record. Holds no token, no password, no query string.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// Whether it was let happen.
    pub ok: bool,
    /// Why, in a word from a closed list, such as `wrong_password` or `not_in_group`.
    pub reason: &'static str,
    /// Who, where known.
    pub user: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// Under which issuer.
    pub issuer: Option<IssuerId>,
    /// For which client.
    pub client: Option<ClientId>,
    /// At which route.
    pub route: Option<RouteId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// In which request.
    pub request: Option<RequestId>,
}

/// What an audit record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// A person tried to sign in.
    Login,
    /// A session was ended.
    Logout,
    /// A person answered a consent page.
    Consent,
    /// Tokens were asked for.
    Token,
    /// Something was revoked.
    Revoke,
    /// The gateway refused a request.
    Denial,
    /// An operator changed something by command.
    Admin,
    /// A signing key was made or retired.
    Key,
    /// An app registered itself, or changed what it had registered.
    Registration,
    /// A person changed what they sign in to an app with.
    Credential,
}

impl AuditKind {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Consent => "consent",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::Denial => "denial",
            Self::Admin => "admin",
            Self::Key => "key",
            Self::Registration => "registration",
            Self::Credential => "credential",
        }
    }
}
