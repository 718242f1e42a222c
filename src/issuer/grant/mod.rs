//! Grant types, one file each. A grant supplies what is unique to it: how its credential becomes an
//! [`Authorization`]. Everything else is the token endpoint's.

mod authorization_code;
mod refresh_token;

use futures::future::BoxFuture;

use super::error::OAuthError;
use super::state::At;
use crate::base::{GrantId, Timestamp, UserId};
use crate::model::{Client, GrantKind};
use crate::tokens::{Authorization, Narrowed};
use crate::web::Params;

/// A grant type.
pub struct GrantType {
    /// Its `grant_type`; also the metric's label.
    pub kind: GrantKind,
    /// Turns the request's credential into an authorization.
    pub run: for<'a> fn(&'a Request<'a>) -> BoxFuture<'a, Result<Granted, Refused>>,
}

/// What a grant gets: a client that was authenticated, and what it sent.
pub struct Request<'a> {
    /// Where it came.
    pub at: &'a At,
    /// Who asks.
    pub client: &'a Client,
    /// What was sent, each parameter once.
    pub params: &'a Params,
}

/// What a grant found.
pub struct Granted {
    /// The right to mint.
    pub authorization: Authorization,
    /// What is asked for, where less than granted.
    pub narrowed: Narrowed,
    /// What was presented was made then: anything ended since voids it.
    pub issued: Timestamp,
}

/// Why a grant refused, for the client and for the audit trail.
pub struct Refused {
    /// What the client is told.
    pub error: OAuthError,
    /// From a closed list.
    pub reason: &'static str,
    /// About whom, where known.
    pub user: Option<UserId>,
    /// The grant that was revoked because its credential was used again.
    pub revoked: Option<GrantId>,
}

/// Every grant type; discovery says the same.
pub const GRANTS: &[GrantType] = &[
    authorization_code::AUTHORIZATION_CODE,
    refresh_token::REFRESH_TOKEN,
];

impl Refused {
    /// `invalid_grant`, for `reason`.
    pub fn invalid(reason: &'static str) -> Self {
        Self {
            error: OAuthError::invalid_grant(),
            reason,
            user: None,
            revoked: None,
        }
    }
}

impl<E: Into<OAuthError>> From<E> for Refused {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            reason: error.code(),
            error,
            user: None,
            revoked: None,
        }
    }
}
