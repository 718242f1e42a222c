//! What is agreed with a client: consent, PKCE, which claims go where, how strict it wants it.

use serde::{Deserialize, Serialize};

use crate::model::Algorithm;

/// When a person is asked to allow a client.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ConsentPolicy {
    /// At every authorization.
    Always,
    /// Once, and again when it widens.
    #[default]
    Remember,
    /// Never: a first-party client.
    Skip,
}

/// Whether a client must use PKCE (RFC 7636).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// S256, always.
    #[default]
    Required,
    /// A confidential client may leave it out; what is sent is still checked.
    Optional,
}

/// Which claims an ID token carries.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenClaims {
    /// Everything the granted scopes promise.
    #[default]
    ByScope,
    /// Protocol claims only; the rest by userinfo.
    Minimal,
}

/// The identifier of a person that a client sees (OpenID Connect Core 8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The same for every client.
    #[default]
    Public,
    /// Another for every sector: the host of `sector_identifier_uri`, or of the redirect URIs.
    Pairwise {
        /// `sector_identifier_uri`, if one was registered.
        sector_uri: Option<String>,
    },
}

/// What a client wants to be held to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of a standard of its own"
)]
pub struct ClientSecurity {
    /// The rules of a profile, all at once.
    pub profile: Profile,
    /// Its authorization requests come by PAR only (RFC 9126 6).
    pub require_par: bool,
    /// Its authorization requests are signed (RFC 9101 10.5).
    pub require_signed_request: bool,
    /// Its access tokens are bound to a `DPoP` key (RFC 9449 5.2).
    pub require_dpop: bool,
    /// Its access tokens are bound to its TLS certificate (RFC 8705 3.4).
    pub certificate_bound_tokens: bool,
    /// Its assertions may name the token endpoint as audience, as older clients do.
    pub assertion_for_token_endpoint: bool,
    /// Where its request objects may be fetched (OpenID Connect Core 6.2).
    pub request_uris: Vec<String>,
}

/// A named set of rules.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// OpenID Connect Core and RFC 9700.
    #[default]
    Oidc,
    /// FAPI 2.0 Security Profile.
    Fapi2,
}

/// The algorithms a client asked for, where it asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientAlgs {
    /// `userinfo_signed_response_alg`: userinfo as a JWT.
    pub userinfo: Option<Algorithm>,
    /// `authorization_signed_response_alg`: of JARM answers.
    pub response: Option<Algorithm>,
    /// `introspection_signed_response_alg`.
    pub introspection: Option<Algorithm>,
    /// `request_object_signing_alg`: the only one its request objects may have; `none` too.
    pub request_object: Option<String>,
    /// `token_endpoint_auth_signing_alg`: the only one its assertions may have.
    pub auth: Option<String>,
}
