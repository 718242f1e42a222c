//! `[client.ID]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretValue;
use crate::model::client::{Application, Profile};
use crate::model::{Algorithm, ClientAuthMethod, ConsentPolicy, IdTokenClaims, Pkce};

/// A third-party app that signs people in here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "the keys of the file, under the names of the standards"
)]
pub struct Client {
    /// The issuer that serves it; may be left out where there is only one.
    pub issuer: Option<String>,
    /// The name people see.
    pub name: Option<String>,
    /// Its secret; without one it is a public client, and PKCE is its only proof.
    pub secret: Option<SecretValue>,
    /// Where a browser may be sent with a code; compared byte for byte. Needed by every client that
    /// signs people in with one.
    pub redirect_uris: Option<Vec<String>>,
    /// Where a browser may be sent after logout.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it runs: "web", or "native" for an app on a person's device. By default "native" when a
    /// redirect URI has a scheme of its own.
    pub application: Option<Application>,
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
    /// The algorithm of userinfo as a signed JWT; plain JSON by default.
    pub userinfo_alg: Option<Algorithm>,
    /// The algorithm of signed authorization answers; the one of its ID tokens by default.
    pub response_alg: Option<Algorithm>,
    /// The algorithm of signed introspection answers; the one of its ID tokens by default.
    pub introspection_alg: Option<Algorithm>,
    /// The only algorithm its request objects may have; "none" for unsigned ones.
    pub request_object_alg: Option<String>,
    /// How it proves itself; "client_secret" with a secret, "none" without, by default.
    pub auth: Option<ClientAuthMethod>,
    /// The only algorithm its assertions may have.
    pub auth_alg: Option<String>,
    /// Its public keys.
    pub jwks: Option<Jwks>,
    /// Where its public keys are published.
    pub jwks_uri: Option<String>,
    /// What its TLS certificate says, for `auth = "tls_client_auth"`.
    pub tls: Option<TlsSubject>,
    /// Its ways to tokens. Default ["code"].
    pub flows: Option<Vec<Flow>>,
    /// "public" or "pairwise": whether people have the same identifier at every client.
    pub subject_type: Option<Subject>,
    /// The document that lists the redirect URIs of its sector, for pairwise identifiers.
    pub sector_identifier_uri: Option<String>,
    /// A named set of rules: "oidc" or "fapi2".
    pub profile: Option<Profile>,
    /// Whether its authorization requests must be pushed.
    #[serde(default)]
    pub require_par: bool,
    /// Whether its authorization requests must be signed.
    #[serde(default)]
    pub require_signed_request: bool,
    /// Whether its tokens must be bound to a `DPoP` key.
    #[serde(default)]
    pub require_dpop: bool,
    /// Whether its access tokens are bound to its TLS certificate.
    #[serde(default)]
    pub certificate_bound_tokens: bool,
    /// Whether its assertions may name the token endpoint as audience.
    #[serde(default)]
    pub assertion_for_token_endpoint: bool,
    /// Where its request objects may be fetched.
    #[serde(default)]
    pub request_uris: Vec<String>,
    /// Seconds since people signed in, when a request does not say.
    pub default_max_age: Option<u64>,
    /// Authentication context classes, best first, when a request does not say.
    #[serde(default)]
    pub default_acr_values: Vec<String>,
    /// Where a login that starts elsewhere begins.
    pub initiate_login_uri: Option<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Where it is told that a session ended.
    pub backchannel_logout_uri: Option<String>,
    /// Whether it must be told which session. Default true.
    pub backchannel_logout_session_required: Option<bool>,
    /// What a person's browser loads in a frame when they sign out.
    pub frontchannel_logout_uri: Option<String>,
    /// Whether that is told issuer and session. Default true.
    pub frontchannel_logout_session_required: Option<bool>,
    /// The tenants it serves. One is implied; of several, a request names one.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The person who answers for it, by user name: it is suspended while they may not have clients.
    pub owner: Option<String>,
    /// The API resources it may ask tokens for.
    #[serde(default)]
    pub resources: Vec<String>,
    /// The name of a [policy.NAME] that says who may sign in to it; everybody by default.
    pub policy: Option<String>,
}

/// A way to tokens.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// A code, exchanged at the token endpoint.
    Code,
    /// Tokens from the authorization endpoint; for old clients only.
    Implicit,
    /// A code and tokens from the authorization endpoint; for old clients only.
    Hybrid,
    /// A device without a browser.
    Device,
    /// The client for itself.
    ClientCredentials,
    /// One token for another.
    TokenExchange,
}

/// How people are called towards a client.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The same for every client.
    Public,
    /// Another for every sector.
    Pairwise,
}

/// A JWK set: its keys, or where to read them; exactly one of the two.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Jwks {
    /// A JSON file that holds a set.
    pub file: Option<String>,
    /// The keys themselves.
    pub keys: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}

/// What a TLS certificate says: exactly one of these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSubject {
    /// The subject's distinguished name, RFC 4514.
    pub subject_dn: Option<String>,
    /// A DNS name among the alternative names.
    pub san_dns: Option<String>,
    /// A URI among the alternative names.
    pub san_uri: Option<String>,
    /// An IP address among the alternative names.
    pub san_ip: Option<String>,
    /// An e-mail address among the alternative names.
    pub san_email: Option<String>,
}
