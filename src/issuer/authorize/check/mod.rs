//! The rules for an authorization request, one file each, in the order they run. Client and
//! redirect URI were checked before: every error here goes back to the client.

pub mod claims;
mod dpop_jkt;
mod hint;
mod lengths;
mod max_age;
mod nonce;
mod pkce;
mod prompt;
mod resource;
mod response_type;
mod scope;
pub mod strictness;
mod tenant;

use super::request::AuthorizeRequest;
use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::model::Client;
use crate::web::Params;

pub use lengths::MAX_STATE;

/// A request while its rules run.
pub struct Draft<'a> {
    /// Where it came.
    pub at: &'a At,
    /// Who asks.
    pub client: &'a Client,
    /// What was sent, with what a request object says in its place.
    pub params: &'a Params,
    /// Whether the client sent it itself (RFC 9126).
    pub pushed: bool,
    /// Whether the client signed it (RFC 9101).
    pub signed: bool,
    /// What was understood so far.
    pub request: AuthorizeRequest,
}

/// One rule.
pub type Check = fn(&mut Draft<'_>) -> Result<(), AuthorizeError>;

/// Every rule; how to answer is settled before what was asked.
pub const CHECKS: &[Check] = &[
    lengths::within_bounds,
    response_type::known_and_allowed,
    strictness::kept,
    scope::known_and_allowed,
    resource::known_and_allowed,
    tenant::named_or_implied,
    nonce::present_for_id_tokens,
    pkce::present_and_s256,
    dpop_jkt::understood,
    prompt::understood,
    max_age::understood,
    claims::understood,
    hint::ours,
];

/// Runs every rule.
pub fn all(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    CHECKS.iter().try_for_each(|check| check(draft))
}
