//! Signing keys as stored.

use serde::{Deserialize, Serialize};

use crate::base::{KeyId, Timestamp};

/// A signature algorithm (RFC 7518 3.1, RFC 8037).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    RS256,
    /// RSASSA-PSS with SHA-256, 2048 bits.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];

    /// The `alg` name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    /// Reads an `alg` name; exact.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }
}

/// A signing key of one owner (an issuer), sealed.
///
/// Its life: published from `created`; signs from `signs_from` until a younger key of the same
/// algorithm signs; stays published until `gone`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// `kid`.
    pub id: KeyId,
    /// Whose key: `issuer:NAME` or `gateway`.
    pub owner: String,
    /// The algorithm.
    pub alg: Algorithm,
    /// PKCS#8, sealed by the master key with owner and id as associated data.
    pub sealed: Vec<u8>,
    /// Published from here on.
    pub created: Timestamp,
    /// Signs from here on: at least one JWKS lifetime after `created`, unless it is the first.
    pub signs_from: Timestamp,
    /// No longer published from here on; set when a successor is made.
    pub gone: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SigningKeyRecord({} {} {})",
            self.owner,
            self.alg.as_str(),
            self.id
        )
    }
}
