//! What a client was given, and what a person agreed to.

use serde::{Deserialize, Serialize};

use super::Amr;
use crate::base::{ClientId, GrantId, IssuerId, ScopeSet, SessionId, TenantId, Timestamp, UserId};

/// The outcome of one authorization: the family of everything minted from it. The row is made when
/// the authorization code is redeemed, so that its presence is the memory that the code was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Chosen when the code is minted.
    pub id: GrantId,
    /// The issuer.
    pub issuer: IssuerId,
    /// The client.
    pub client: ClientId,
    /// The person.
    pub user: UserId,
    /// The session it was given in; its end ends the grant unless offline access was granted.
    pub session: Option<SessionId>,
    /// The tenant named in the request.
    pub tenant: Option<TenantId>,
    /// What was granted.
    pub scopes: ScopeSet,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub amr: Vec<Amr>,
    /// When the code was redeemed.
    pub created: Timestamp,
    /// When the last refresh token it can have stops working, and the row may be swept.
    pub expires: Timestamp,
    /// The generation of the refresh token that is valid now; 0 is the one first given.
    pub generation: u32,
    /// When the generation last grew.
    pub rotated: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked: Option<Timestamp>,
}

/// A person's standing permission for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who agreed.
    pub user: UserId,
    /// Under which issuer.
    pub issuer: IssuerId,
    /// To which client.
    pub client: ClientId,
    /// To what.
    pub scopes: ScopeSet,
    /// When last given.
    pub given: Timestamp,
}
