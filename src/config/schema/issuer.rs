//! `[issuer.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Brand;
use crate::issuer::RegistrationMode;
use crate::model::{Algorithm, ConsentPolicy, IdTokenClaims, Pkce};

/// One issuer.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Issuer {
    /// Its path below public_url, such as "/production/oidc"; "" for the root.
    pub path: Option<String>,
    /// The name of an issuer whose settings (all but the path) are taken where none are given here.
    pub inherit: Option<String>,
    /// Where its endpoints are: "connect" for /connect/authorize and so on, "oauth", or a table.
    pub endpoints: Option<Endpoints>,
    /// Who may register clients: "off" (default), "token", "open", or a table.
    pub registration: Option<Registration>,
    /// The request parameter by which clients name a tenant. Default "tenant".
    pub tenant_parameter: Option<String>,
    /// How its pages look.
    pub brand: Option<Brand>,
    /// Signature algorithms; the first is the default for ID tokens.
    pub algs: Option<Vec<Algorithm>>,
    /// How often signing keys are replaced. Default "90d".
    pub rotate_every: Option<String>,
    /// How long relying parties may keep the key set. Default "1h".
    pub jwks_max_age: Option<String>,
    /// Lifetime of an authorization code. Default "60s".
    pub code: Option<String>,
    /// Lifetime of an access token. Default "30m".
    pub access_token: Option<String>,
    /// Lifetime of an ID token. Default "1h".
    pub id_token: Option<String>,
    /// Lifetime of a refresh token, counted from its last use. Default "14d".
    pub refresh_token: Option<String>,
    /// How long the previous refresh token still gets the same answer. Default "10s".
    pub refresh_reuse_grace: Option<String>,
    /// Which claims go into ID tokens.
    pub id_token_claims: Option<IdTokenClaims>,
    /// Further claims by name: a text such as "{user.attr.plan}", or a table with its scope.
    pub claims: Option<BTreeMap<String, Claim>>,
    /// Whether apps may watch in a frame if the person is still signed in (OpenID Connect Session
    /// Management). Works only in browsers that let frames of other sites read cookies. Default
    /// false.
    pub session_management: Option<bool>,
    /// Further scope names for claims.
    pub scope_claims: Option<BTreeMap<String, Vec<String>>>,
}

/// Who may register clients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Registration {
    /// In a word.
    Mode(RegistrationMode),
    /// With what such clients may get.
    Table(Box<RegistrationTable>),
}

/// Clients that register themselves, and what they may get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationTable {
    /// "off", "token" or "open".
    pub mode: RegistrationMode,
    /// Whether those that authenticate may leave PKCE out. Default "required".
    pub pkce: Pkce,
    /// The scopes they may ask for. Default ["openid", "profile", "email", "address", "phone",
    /// "offline_access"].
    pub scopes: Option<Vec<String>>,
    /// When people are asked to allow one. Default "remember".
    pub consent: ConsentPolicy,
    /// Most clients that register themselves. Default 10000.
    pub most: Option<u32>,
    /// How many one network may register, such as "100/10m", the default.
    pub per_ip: Option<String>,
    /// Whether their assertions (`private_key_jwt`, `client_secret_jwt`) may name the token endpoint
    /// as audience, as OpenID Connect Core recommends, besides the issuer. Default true.
    pub assertion_for_token_endpoint: Option<bool>,
    /// Hosts whose https URLs are client ids, each described by the document found there.
    pub metadata_hosts: Vec<String>,
}

/// A claim of the configuration's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Claim {
    /// What it says. A standard claim goes with its own scope, any other with `openid`.
    Text(String),
    /// What it says, and with which scope.
    Table(ClaimTable),
}

/// A claim and its scope.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimTable {
    /// What it says.
    pub value: String,
    /// The scope that gives it; one of any name.
    pub scope: Option<String>,
}

/// Where an issuer's endpoints are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Endpoints {
    /// By a common prefix.
    Style(EndpointStyle),
    /// One by one; what is left out is where "connect" has it.
    Paths(Box<EndpointPaths>),
}

/// A common prefix.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndpointStyle {
    /// /connect/authorize and so on.
    Connect,
    /// /oauth/authorize and so on.
    Oauth,
}

/// Paths below the issuer's own, each with a leading slash.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EndpointPaths {
    /// Authorization endpoint.
    pub authorize: Option<String>,
    /// Token endpoint.
    pub token: Option<String>,
    /// Userinfo endpoint.
    pub userinfo: Option<String>,
    /// Logout started by a relying party.
    pub end_session: Option<String>,
    /// Revocation endpoint.
    pub revoke: Option<String>,
    /// Introspection endpoint.
    pub introspect: Option<String>,
    /// Pushed authorization requests (RFC 9126).
    pub par: Option<String>,
    /// Where a device asks for its codes (RFC 8628 3.1).
    pub device_authorization: Option<String>,
    /// Where a person enters a code that a device shows (RFC 8628 3.3).
    pub device: Option<String>,
    /// Dynamic client registration (RFC 7591).
    pub register: Option<String>,
    /// The frame that watches the session (OpenID Connect Session Management 3).
    pub check_session: Option<String>,
    /// Key set.
    pub jwks: Option<String>,
}
