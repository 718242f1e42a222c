//! The revocation feed's entries.

use crate::base::{ClientId, GrantId, SessionId, Timestamp, TokenId, UserId};

/// Whatever was issued for `key` before `at` is void: read the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The node that wrote it.
    pub writer: String,
    /// Its number there; no gaps.
    pub seq: i64,
    /// Leases and tokens issued at or before this moment are void.
    pub at: Timestamp,
    /// What it is about.
    pub key: EventKey,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventKey {
    /// One session ended or changed.
    Session(SessionId),
    /// A user was disabled, changed groups or password.
    User(UserId),
    /// A grant was revoked: its access tokens are void.
    Grant(GrantId),
    /// A single access token was revoked: one that has no grant of its own.
    Token(TokenId),
    /// A client was changed or switched off.
    Client(ClientId),
    /// What a user signs in to apps with was changed.
    Credentials(UserId),
    /// Signing keys changed: load them again. The owner, as in the key record.
    Keys(String),
}

impl EventKey {
    /// The stored kind and key.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Session(id) => ("session", id.as_str()),
            Self::User(id) => ("user", id.as_str()),
            Self::Grant(id) => ("grant", id.as_str()),
            Self::Token(id) => ("token", id.as_str()),
            Self::Client(id) => ("client", id.as_str()),
            Self::Credentials(id) => ("credentials", id.as_str()),
            Self::Keys(owner) => ("keys", owner),
        }
    }

    /// Reads what was stored; `None` for a kind that a newer node wrote.
    pub fn from_parts(kind: &str, key: &str) -> Option<Self> {
        Some(match kind {
            "session" => Self::Session(key.into()),
            "user" => Self::User(key.into()),
            "grant" => Self::Grant(key.into()),
            "token" => Self::Token(key.into()),
            "client" => Self::Client(key.into()),
            "credentials" => Self::Credentials(key.into()),
            "keys" => Self::Keys(key.into()),
            _ => return None,
        })
    }
}
