//! How a client proves who it is, and what it proves it with.

use serde::{Deserialize, Serialize};

use crate::base::opaque::ClientSecret;
use crate::base::{OpaqueHash, Secret};

/// A client secret as kept.
#[derive(Clone, Debug)]
pub enum ClientSecretHash {
    /// SHA-256 of a 256-bit secret that Doorward generated.
    Generated(OpaqueHash<ClientSecret>),
    /// SHA-256 of a secret from the configuration file, which is at hand in plain text there.
    Configured([u8; 32]),
    /// SHA-256 of a secret that is kept as well: whoever checks a code made with it needs it
    /// itself (`client_secret_jwt`).
    Kept([u8; 32], KeptSecret),
}

/// A secret that is kept.
#[derive(Clone, Debug)]
pub enum KeptSecret {
    /// From the configuration file.
    Plain(Secret<String>),
    /// In the store, sealed by the master key.
    Sealed(Vec<u8>),
}

/// How a client proves itself at the token endpoint (OpenID Connect Core 9, RFC 8705 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic or form fields with a secret; both are taken.
    ClientSecret,
    /// HTTP Basic with a secret.
    ClientSecretBasic,
    /// A secret in the form.
    ClientSecretPost,
    /// A JWT authenticated with the secret.
    ClientSecretJwt,
    /// A JWT signed with the client's own key.
    PrivateKeyJwt,
    /// A TLS certificate that a trusted authority issued for the registered subject.
    TlsClientAuth,
    /// A TLS certificate registered with the client's keys.
    SelfSignedTlsClientAuth,
    /// Public: PKCE is the only proof.
    None,
}

impl ClientAuthMethod {
    /// Whether the client proves nothing about itself (RFC 6749 2.1).
    pub const fn is_public(self) -> bool {
        match self {
            Self::None => true,
            Self::ClientSecret
            | Self::ClientSecretBasic
            | Self::ClientSecretPost
            | Self::ClientSecretJwt
            | Self::PrivateKeyJwt
            | Self::TlsClientAuth
            | Self::SelfSignedTlsClientAuth => false,
        }
    }

    /// Whether the client has a secret.
    pub const fn has_secret(self) -> bool {
        match self {
            Self::ClientSecret
            | Self::ClientSecretBasic
            | Self::ClientSecretPost
            | Self::ClientSecretJwt => true,
            Self::PrivateKeyJwt
            | Self::TlsClientAuth
            | Self::SelfSignedTlsClientAuth
            | Self::None => false,
        }
    }
}

/// The client's public keys (RFC 7591 2: one of the two).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// The JWK set itself, as JSON text.
    Jwks(String),
    /// Where it is published.
    JwksUri(String),
}

/// What the certificate of a `tls_client_auth` client says (RFC 8705 2.1.2): exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsSubject {
    /// The subject's distinguished name, RFC 4514.
    SubjectDn(String),
    /// A DNS name among the alternative names.
    SanDns(String),
    /// A URI among the alternative names.
    SanUri(String),
    /// An IP address among the alternative names.
    SanIp(String),
    /// An e-mail address among the alternative names.
    SanEmail(String),
}
