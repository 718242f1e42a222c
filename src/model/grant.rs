//! What a client was given, and what a person agreed to.

use std::collections::BTreeMap;

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
    /// What was granted besides scopes.
    pub extent: Extent,
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

/// What a client was given besides scopes. Travels with the request, the code and the grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extent {
    /// Single claims (OpenID Connect Core 5.5).
    #[serde(skip_serializing_if = "ClaimsAsked::is_empty")]
    pub claims: ClaimsAsked,
    /// API resources that were named (RFC 8707); none leaves it to the scopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The key that tokens are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// Within which the person has one name (OpenID Connect Core 8.1); empty where everybody calls
    /// them the same, absent until somebody is asked. What was given under one name is never told
    /// under another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
}

/// The `claims` request parameter (OpenID Connect Core 5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsAsked {
    /// For userinfo.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, ClaimAsked>,
    /// For the ID token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, ClaimAsked>,
}

impl ClaimsAsked {
    /// Whether none were asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}

/// How a single claim was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimAsked {
    /// Whether the client says it needs it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The values it wants, best first; any when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// The key that tokens are bound to, as in their `cnf` claim (RFC 7800 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// The thumbprint of a `DPoP` key (RFC 9449 6.1).
    #[serde(rename = "jkt")]
    Dpop(String),
    /// The SHA-256 of a TLS certificate, base64url (RFC 8705 3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

/// A person's standing permission for a client, in one tenant or in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who agreed.
    pub user: UserId,
    /// Under which issuer.
    pub issuer: IssuerId,
    /// To which client.
    pub client: ClientId,
    /// In which tenant; none for a client that knows no tenants.
    pub tenant: Option<TenantId>,
    /// To what.
    pub scopes: ScopeSet,
    /// When last given.
    pub given: Timestamp,
}
