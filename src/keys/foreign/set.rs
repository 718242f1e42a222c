//! The public keys of one client (RFC 7517 5).

use serde_json::Value;

use super::{ForeignAlg, ForeignKey, Jws};
use crate::keys::JwtRejected;
use crate::keys::json::strict_object;

/// Most keys of a set that are looked at.
const MAX_KEYS: usize = 64;
/// Longest set, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// The keys of a set that can be used; the others are as if they were not there.
#[derive(Debug)]
pub struct ForeignKeys(Vec<ForeignKey>);

/// Not a JWK set at all, or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a JWK set: an object with a list `keys`, of at most 64 KiB")]
pub struct NotAKeySet;

impl ForeignKeys {
    /// Longest set that is read, in bytes.
    pub const MAX_LENGTH: usize = MAX_LENGTH;

    /// Reads a set.
    pub fn read(text: &[u8]) -> Result<Self, NotAKeySet> {
        if text.len() > MAX_LENGTH {
            return Err(NotAKeySet);
        }
        let set = strict_object(text).ok_or(NotAKeySet)?;
        let Some(Value::Array(members)) = set.get("keys") else {
            return Err(NotAKeySet);
        };
        let mut keys: Vec<ForeignKey> = Vec::new();
        let objects = members.iter().take(MAX_KEYS).filter_map(Value::as_object);
        for key in objects.filter_map(ForeignKey::read) {
            // Of twins only the first counts: which one is meant must not depend on the reader.
            let twin = |other: &ForeignKey| {
                let both = |alg: &&ForeignAlg| other.fits(**alg) && key.fits(**alg);
                other.kid() == key.kid()
                    && key.kid().is_some()
                    && ForeignAlg::ALL.iter().any(|alg| both(&alg))
            };
            if !keys.iter().any(twin) {
                keys.push(key);
            }
        }
        Ok(Self(keys))
    }

    /// The keys.
    pub fn keys(&self) -> &[ForeignKey] {
        &self.0
    }

    /// Whether one of the keys signed `jws`, by an algorithm that is `allowed`.
    pub fn verify(&self, jws: &Jws<'_>, allowed: &[ForeignAlg]) -> Result<(), JwtRejected> {
        let key = self.find(jws, allowed).ok_or(JwtRejected::UnknownKey)?;
        if jws.is_by_key(key, allowed) {
            Ok(())
        } else {
            Err(JwtRejected::Mismatch)
        }
    }

    /// The one key that can have signed: by `kid`, or the only one that fits.
    fn find(&self, jws: &Jws<'_>, allowed: &[ForeignAlg]) -> Option<&ForeignKey> {
        let alg = jws.alg().filter(|alg| allowed.contains(alg))?;
        let fitting = || self.0.iter().filter(|key| key.fits(alg));
        let only = |nameless: bool| {
            let mut fitting = fitting().filter(|key| !nameless || key.kid().is_none());
            fitting.next().filter(|_| fitting.next().is_none())
        };
        match jws.kid() {
            None => only(false),
            Some(kid) => fitting()
                .find(|key| key.kid() == Some(kid))
                .or_else(|| only(true)),
        }
    }
}
