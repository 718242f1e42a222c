//! Grant types, one file each. A grant supplies what is unique to it: how its credential becomes an
//! [`Authorization`]. Everything else is the token endpoint's.

mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;
pub mod token_exchange;

use futures::future::BoxFuture;

use super::error::OAuthError;
use super::state::At;
use crate::base::{GrantId, TenantId, Timestamp, UserId};
use crate::model::grant::Confirmation;
use crate::model::{Client, GrantKind};
use crate::tokens::{Authorization, Narrowed, OnBehalf, Reach};
use crate::web::Params;

/// A grant type.
pub struct GrantType {
    /// Its `grant_type`; also the metric's label.
    pub kind: GrantKind,
    /// Looks at the request's credential, without changing anything that it is worth.
    pub look: for<'a> fn(&'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>>,
}

/// What is left to do with a credential that is good: turning it into an authorization. The endpoint
/// does so when everything else is right, too.
pub type Redeem<'a> = BoxFuture<'a, Result<Granted, Refused>>;

/// What a grant gets: a client that was authenticated, and what it sent.
pub struct Request<'a> {
    /// Where it came.
    pub at: &'a At,
    /// Who asks.
    pub client: &'a Client,
    /// What was sent, each parameter once.
    pub params: &'a Params,
    /// What its tokens are bound to.
    pub sender: Option<&'a Confirmation>,
}

/// What a grant found.
pub enum Granted {
    /// Tokens about a person, by a grant of theirs.
    Person(Box<Person>),
    /// An access token and nothing else.
    Direct(Box<Direct>),
}

/// An access token that no grant of its own stands behind.
pub struct Direct {
    /// Where it reaches.
    pub reach: Reach,
    /// For whom the client acts; for itself when none.
    pub on_behalf: Option<OnBehalf>,
    /// In which tenant it acts for itself.
    pub tenant: Option<TenantId>,
}

/// Tokens about a person.
pub struct Person {
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
    pub error: Box<OAuthError>,
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
    client_credentials::CLIENT_CREDENTIALS,
    device_code::DEVICE_CODE,
    token_exchange::TOKEN_EXCHANGE,
];

/// RFC 6749 4.4: whoever is given something on its own name alone must have proven that name.
fn must_be_confidential(client: &Client) -> Result<(), OAuthError> {
    if client.auth.is_public() {
        return Err(OAuthError::new(
            "unauthorized_client",
            "A public client cannot use this grant_type.",
        ));
    }
    Ok(())
}

/// Refuses a code whose grant was revoked, for instance because it came twice, before a proof is spent
/// on it. Without a proof redeeming it says the same.
async fn still_counts(request: &Request<'_>, grant: &GrantId) -> Result<(), Refused> {
    if request.sender.is_some() && request.at.state.tokens.is_revoked(grant).await? {
        return Err(Refused::invalid("code_used_again"));
    }
    Ok(())
}

impl Refused {
    /// `invalid_grant`, for `reason`.
    pub fn invalid(reason: &'static str) -> Self {
        Self {
            error: Box::new(OAuthError::invalid_grant()),
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
            error: Box::new(error),
            user: None,
            revoked: None,
        }
    }
}
