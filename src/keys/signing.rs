//! Signing keys: parsed once, with their JOSE headers at hand.
//!
//! Owns the private halves in memory. It does not decide which key signs; that is the ring's.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::jwt::JwtType;
use crate::base::encoding::base64url;
use crate::base::{KeyId, Timestamp};
use crate::model::Algorithm;

/// Why a key could not be made, read or used. Says nothing about the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The library refused to make a key.
    #[error("no signing key could be generated")]
    Generation,
    /// The stored bytes are not a key of the algorithm they are stored for.
    #[error("a stored signing key cannot be read")]
    Unreadable,
    /// The library refused to sign, or the claims cannot be written as JSON.
    #[error("a token could not be signed")]
    Signature,
}

/// A private key that can sign, and everything about it that a signature or the JWKS needs.
pub struct SigningKey {
    id: KeyId,
    alg: Algorithm,
    pair: Pair,
    headers: [String; JwtType::ALL.len()],
    jwk: serde_json::Value,
    public: DecodingKey,
}

enum Pair {
    /// With the padding that the key is for: a key has one algorithm (RFC 8725 3.1).
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh private key in PKCS#8. RSA takes tens of milliseconds of CPU: keep it off the
    /// runtime's threads.
    pub fn generate(alg: Algorithm) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let rng = SystemRandom::new();
        match alg {
            Algorithm::RS256 | Algorithm::PS256 => RsaKeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| AsDer::<Pkcs8V1Der<'_>>::as_der(&pair))
                .map(|der| Zeroizing::new(der.as_ref().to_vec())),
            Algorithm::ES256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng)
                    .map(|document| Zeroizing::new(document.as_ref().to_vec()))
            }
            Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8(&rng)
                .map(|document| Zeroizing::new(document.as_ref().to_vec())),
        }
        .map_err(|_| SigningError::Generation)
    }

    /// Reads a private key in PKCS#8.
    pub fn from_pkcs8(id: KeyId, alg: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let pair = Pair::read(alg, pkcs8)?;
        let jwk = pair.jwk(&id, alg)?;
        let public = DecodingKey::from_jwk(
            &serde_json::from_value(jwk.clone()).map_err(|_| SigningError::Unreadable)?,
        )
        .map_err(|_| SigningError::Unreadable)?;
        Ok(Self {
            headers: JwtType::ALL.map(|typ| header(alg, &id, typ)),
            id,
            alg,
            pair,
            jwk,
            public,
        })
    }

    /// `kid`.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The only algorithm this key may be used with.
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// A signed JWT in compact form (RFC 7515 7.1).
    pub fn sign_jwt(&self, typ: JwtType, claims: &impl Serialize) -> Result<String, SigningError> {
        let payload = serde_json::to_vec(claims).map_err(|_| SigningError::Signature)?;
        let header = self
            .headers
            .get(typ.position())
            .ok_or(SigningError::Signature)?;
        let mut jwt = format!("{header}.{}", base64url(payload));
        let signature = self.pair.sign(jwt.as_bytes())?;
        jwt.push('.');
        jwt.push_str(&base64url(signature));
        Ok(jwt)
    }

    /// The public half as a JWK (RFC 7517).
    pub const fn public_jwk(&self) -> &serde_json::Value {
        &self.jwk
    }

    /// The public half as the verifier wants it.
    pub(super) const fn public(&self) -> &DecodingKey {
        &self.public
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({} {})", self.alg.as_str(), self.id)
    }
}

impl Pair {
    fn read(alg: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        match alg {
            Algorithm::RS256 => RsaKeyPair::from_pkcs8(pkcs8)
                .map(|pair| Self::Rsa(Box::new(pair), &RSA_PKCS1_SHA256)),
            Algorithm::PS256 => {
                RsaKeyPair::from_pkcs8(pkcs8).map(|pair| Self::Rsa(Box::new(pair), &RSA_PSS_SHA256))
            }
            Algorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Ec)
            }
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed),
        }
        .map_err(|_| SigningError::Unreadable)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let rng = SystemRandom::new();
        match self {
            Self::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &rng, message, &mut signature)
                    .map(|()| signature)
            }
            Self::Ec(pair) => pair
                .sign(&rng, message)
                .map(|signature| signature.as_ref().to_vec()),
            Self::Ed(pair) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| SigningError::Signature)
    }

    /// RFC 7518 6, RFC 8037 2.
    fn jwk(&self, id: &KeyId, alg: Algorithm) -> Result<serde_json::Value, SigningError> {
        let (kid, alg) = (id.as_str(), alg.as_str());
        Ok(match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                json!({
                    "kty": "RSA", "use": "sig", "alg": alg, "kid": kid,
                    "n": base64url(public.modulus().big_endian_without_leading_zero()),
                    "e": base64url(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Self::Ec(pair) => {
                // An uncompressed point: 04, x, y (SEC 1 2.3.3).
                let (x, y) = pair
                    .public_key()
                    .as_ref()
                    .strip_prefix(&[0x04])
                    .filter(|point| point.len() == 64)
                    .and_then(|point| point.split_at_checked(32))
                    .ok_or(SigningError::Unreadable)?;
                json!({
                    "kty": "EC", "use": "sig", "alg": alg, "kid": kid, "crv": "P-256",
                    "x": base64url(x), "y": base64url(y),
                })
            }
            Self::Ed(pair) => json!({
                "kty": "OKP", "use": "sig", "alg": alg, "kid": kid, "crv": "Ed25519",
                "x": base64url(pair.public_key().as_ref()),
            }),
        })
    }
}

fn header(alg: Algorithm, id: &KeyId, typ: JwtType) -> String {
    let header = json!({ "alg": alg.as_str(), "typ": typ.as_str(), "kid": id.as_str() });
    base64url(header.to_string())
}

/// When a key is published and when it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLife {
    /// Published from here on.
    pub created: Timestamp,
    /// Signs from here on.
    pub signs_from: Timestamp,
    /// Neither published nor believed from here on.
    pub gone: Option<Timestamp>,
}

impl KeyLife {
    /// Whether signatures by the key are believed at `now`.
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.gone.is_none_or(|gone| now < gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_written_and_read() {
        for alg in Algorithm::ALL {
            let pkcs8 = SigningKey::generate(alg).unwrap();
            let a = SigningKey::from_pkcs8("k".into(), alg, &pkcs8).unwrap();
            let b = SigningKey::from_pkcs8("k".into(), alg, &pkcs8).unwrap();
            assert_eq!(a.public_jwk(), b.public_jwk());
            assert!(a.public_jwk().get("d").is_none());
        }
    }

    #[test]
    fn a_key_is_not_read_as_another_algorithm() {
        let pkcs8 = SigningKey::generate(Algorithm::ES256).unwrap();
        for alg in [Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA] {
            assert_eq!(
                SigningKey::from_pkcs8("k".into(), alg, &pkcs8).unwrap_err(),
                SigningError::Unreadable
            );
        }
    }
}
