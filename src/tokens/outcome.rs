//! What minting and redeeming come to.

use std::time::Duration;

use super::{AccessToken, Authorization};
use crate::base::{GrantId, ScopeSet};
use crate::keys::JwtRejected;
use crate::model::Grant;

/// What a token endpoint hands out.
pub struct Minted {
    /// The access token.
    pub access_token: String,
    /// How long it is good for.
    pub expires_in: Duration,
    /// The ID token, when `openid` was granted.
    pub id_token: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// What was granted, as far as the access token reaches.
    pub scopes: ScopeSet,
}

/// What redeeming a code came to.
#[derive(Debug)]
pub enum Redemption {
    /// The first time.
    First(Box<Authorization>),
    /// Once more: whoever presents it, one of the two stole it. What it had produced is revoked
    /// (RFC 6749 4.1.2, RFC 9700 4.5).
    Again(GrantId),
    /// The session it was given in has ended.
    Over,
}

/// What presenting a refresh token came to.
#[derive(Debug)]
pub enum Rotation {
    /// It was the valid one, or the one before within the grace.
    Authorized(Box<Authorization>),
    /// It had been used before: the grant is revoked (RFC 9700 4.14.2).
    Reused(Box<Grant>),
    /// Not a refresh token of this client, or its grant is over.
    Refused,
}

/// A token that could be used now.
#[derive(Debug)]
pub enum Active {
    /// To call with.
    Access(Box<AccessToken>),
    /// To get new tokens with.
    Refresh(Box<Grant>),
}

/// Why an access token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejected {
    /// It is not one of ours for this audience, or not in its time.
    #[error(transparent)]
    Jwt(#[from] JwtRejected),
    /// It is for somebody else.
    #[error("for another audience")]
    Audience,
    /// Its session, grant or client was ended.
    #[error("revoked")]
    Revoked,
    /// There is no key to check it with.
    #[error("no keys")]
    NoKey,
}
