//! `[acme]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, SecretValue};

/// Certificates from an authority that gives them to whoever answers at their host (RFC 8555).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Acme {
    /// The authority's directory; that of Let's Encrypt by default.
    pub directory: Option<String>,
    /// E-mail addresses that the authority may write to.
    pub contact: Option<OneOrMany<String>>,
    /// The hosts that certificates are ordered for. By default that of public_url and those of
    /// routes that no file in listen.tls is for; wildcards are left out.
    pub hosts: Option<Vec<String>>,
    /// Whether you agree to the authority's terms; needed.
    pub agree_to_terms: bool,
    /// PEM file of authorities that are trusted when the directory is called, besides the system's.
    pub ca: Option<String>,
    /// An account elsewhere that the new one belongs to (RFC 8555 7.3.4).
    pub external_account: Option<ExternalAccount>,
}

/// What an authority gave to those who may have an account.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExternalAccount {
    /// Its name.
    pub kid: Option<String>,
    /// Its key, in base64url.
    pub hmac: Option<SecretValue>,
}
