//! What relying parties are told about the end of a session.

use crate::base::{ClientId, IssuerId, SessionId, Timestamp, UserId};

/// A client that must be told that a session ended, and how that went so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The session.
    pub session: SessionId,
    /// Whose it was.
    pub user: UserId,
    /// The issuer that opened the client.
    pub issuer: IssuerId,
    /// The client.
    pub client: ClientId,
    /// When the session ended.
    pub ended: Timestamp,
    /// How often telling was begun, this time included. A notice is settled only by who counted last.
    pub tries: u32,
}
