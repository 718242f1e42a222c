//! Registered apps.

use serde::{Deserialize, Serialize};

use crate::base::opaque::ClientSecret;
use crate::base::{ClientId, IssuerId, OpaqueHash, ScopeSet};

/// A registered app, from the configuration file or from the store.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// The one issuer that serves it.
    pub issuer: IssuerId,
    /// Shown to people.
    pub name: String,
    /// Hashes of the secrets that are valid now; empty for a public client. Two while a rotation
    /// overlaps.
    pub secrets: Vec<ClientSecretHash>,
    /// How it authenticates at the token endpoint.
    pub auth: ClientAuthMethod,
    /// Registered redirect URIs, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// When people are asked.
    pub consent: ConsentPolicy,
    /// Whether PKCE may be left out.
    pub pkce: Pkce,
    /// What goes into ID tokens; the issuer's setting when absent.
    pub id_token_claims: Option<IdTokenClaims>,
    /// The algorithm of its ID tokens; the issuer's first when absent.
    pub id_token_alg: Option<super::Algorithm>,
    /// Whether the client is switched off.
    pub disabled: bool,
    /// Where the client is defined, for messages: `doorward.toml:77` or `the store`.
    pub origin: String,
}

impl Client {
    /// Every address that is registered for it.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let Self {
            redirect_uris,
            post_logout_redirect_uris,
            ..
        } = self;
        let addresses = redirect_uris.iter().chain(post_logout_redirect_uris);
        addresses.map(String::as_str)
    }
}

/// A client secret as kept.
#[derive(Clone, Debug)]
pub enum ClientSecretHash {
    /// SHA-256 of a 256-bit secret that Doorward generated.
    Generated(OpaqueHash<ClientSecret>),
    /// SHA-256 of a secret from the configuration file, which is at hand in plain text there.
    Configured([u8; 32]),
}

/// How a client proves itself at the token endpoint (OpenID Connect Core 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic or form fields with a secret; both are taken.
    ClientSecret,
    /// Public: PKCE is the only proof.
    None,
}

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
