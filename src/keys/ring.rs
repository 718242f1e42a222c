//! The keys of one owner: which one signs, which are published, and the JWKS document.
//!
//! A ring does not change: a rotation makes another. It does no I/O.

use std::sync::Arc;

use bytes::Bytes;

use super::jwt::{self, Claims, Expected, JwtRejected};
use super::signing::{KeyLife, SigningKey};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::model::Algorithm;

/// The keys of one owner, and their JWKS ready to be sent.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<RingKey>,
    jwks: Jwks,
}

/// A key and its life.
#[derive(Clone, Debug)]
pub struct RingKey {
    /// The key.
    pub key: Arc<SigningKey>,
    /// When it is published and when it signs.
    pub life: KeyLife,
}

/// A JWKS document (RFC 7517 5) as sent.
#[derive(Clone, Debug)]
pub struct Jwks {
    /// The JSON text.
    pub body: Bytes,
    /// Its `ETag`, quotes included.
    pub etag: String,
}

impl KeyRing {
    /// A ring of the keys that are published at `now`; order does not matter.
    pub fn new(keys: impl IntoIterator<Item = RingKey>, now: Timestamp) -> Self {
        let mut keys: Vec<_> = keys
            .into_iter()
            .filter(|entry| entry.life.is_published(now))
            .collect();
        // Nodes that made their first keys at the same time must agree on whose signs.
        keys.sort_by(|a, b| (a.life.signs_from, a.key.id()).cmp(&(b.life.signs_from, b.key.id())));
        let jwks = Jwks::of(&keys);
        Self { keys, jwks }
    }

    /// The key that signs with `alg` at `now`: the youngest whose time has come. A key that is
    /// still waiting signs only when there is no other, as for an algorithm just added.
    pub fn signer(&self, alg: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        let mut candidates = self
            .keys
            .iter()
            .filter(|entry| entry.key.alg() == alg && entry.life.is_published(now));
        candidates
            .clone()
            .rfind(|entry| entry.life.signs_from <= now)
            .or_else(|| candidates.next())
            .map(|entry| entry.key.as_ref())
    }

    /// Verifies a token that one of these keys signed.
    pub fn verify(
        &self,
        jwt: &str,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Claims, JwtRejected> {
        jwt::verify(self, jwt, expected, now)
    }

    /// The JWKS document.
    pub const fn jwks(&self) -> &Jwks {
        &self.jwks
    }

    /// The keys, oldest first.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The key named `kid`, while it is published.
    pub(super) fn published(&self, kid: &str, now: Timestamp) -> Option<&SigningKey> {
        self.keys
            .iter()
            .find(|entry| entry.key.id().as_str() == kid && entry.life.is_published(now))
            .map(|entry| entry.key.as_ref())
    }
}

impl Jwks {
    fn of(keys: &[RingKey]) -> Self {
        // Youngest first: relying parties that take the first key of an algorithm are common.
        let keys: Vec<_> = keys.iter().rev().map(|k| k.key.public_jwk()).collect();
        let body = serde_json::json!({ "keys": keys }).to_string();
        Self {
            etag: format!("\"{}\"", base64url(sha256(&body))),
            body: Bytes::from(body),
        }
    }
}

#[cfg(test)]
mod tests;
