//! `[client.ID]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretValue;
use crate::model::{Algorithm, ConsentPolicy, IdTokenClaims, Pkce};

/// A third-party app that signs people in here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The issuer that serves it; may be left out where there is only one.
    pub issuer: Option<String>,
    /// The name people see.
    pub name: Option<String>,
    /// Its secret; without one it is a public client, and PKCE is its only proof.
    pub secret: Option<SecretValue>,
    /// Where a browser may be sent with a code; compared byte for byte.
    #[schemars(required)]
    pub redirect_uris: Option<Vec<String>>,
    /// Where a browser may be sent after logout.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// The scopes it may ask for. Default ["openid", "profile", "email"].
    pub scopes: Option<Vec<String>>,
    /// When people are asked to allow it. Default "remember".
    pub consent: Option<ConsentPolicy>,
    /// Whether PKCE may be left out by a client with a secret. Default "required".
    pub pkce: Option<Pkce>,
    /// Which claims go into its ID tokens; the issuer's choice by default.
    pub id_token_claims: Option<IdTokenClaims>,
    /// The algorithm of its ID tokens; the issuer's first by default.
    pub id_token_alg: Option<Algorithm>,
}
