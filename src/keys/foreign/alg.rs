//! Which signatures of others are taken. Never `none`, and never a secret where a key is expected:
//! HMAC is no value of this type (RFC 8725 3.1).

use std::fmt;

/// An asymmetric signature algorithm (RFC 7518 3.1, RFC 8037, RFC 9864).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForeignAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

impl ForeignAlg {
    /// Every one, as discovery lists them.
    pub const ALL: &'static [Self] = &[
        Self::RS256,
        Self::PS256,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
    ];
    /// Those of the FAPI 2.0 Security Profile, 5.4.1.
    pub const FAPI: &'static [Self] = &[Self::PS256, Self::ES256, Self::EdDSA];

    /// The `alg` name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }

    /// Reads an `alg` name; exact. `Ed25519` is the newer name of what `EdDSA` means here.
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.iter().copied().find(|alg| alg.as_str() == name)
    }
}

impl fmt::Display for ForeignAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
