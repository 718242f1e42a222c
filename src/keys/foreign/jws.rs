//! A JWT in compact form (RFC 7515 7.1) as somebody else wrote it, taken apart.

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use super::{ForeignAlg, ForeignClaims, ForeignKey};
use crate::base::encoding::from_base64url;
use crate::keys::JwtRejected;
use crate::keys::json::strict_object;

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 32 * 1024;
/// Keys come from where the client registered them; critical extensions we have none.
const REFUSED: &[&str] = &["crit", "b64", "jku", "x5u", "x5c"];

/// A token of somebody else's: well formed, not yet verified.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    header: Map<String, Value>,
    claims: ForeignClaims,
}

impl<'a> Jws<'a> {
    /// Takes a token apart. Refused is what is not canonical, what has a member twice, and what
    /// brings its own key or asks for an extension.
    pub fn read(text: &'a str) -> Result<Self, JwtRejected> {
        let jws = Self::read_any(text)?;
        if jws.brings_a_key() {
            return Err(JwtRejected::Header);
        }
        Ok(jws)
    }

    /// The same for a token that proves possession of the key in its header, as `DPoP` proofs do
    /// (RFC 9449 4.2). Any key may be there: it says nothing about who signed.
    pub fn read_with_key(text: &'a str) -> Result<(Self, ForeignKey), JwtRejected> {
        let jws = Self::read_any(text)?;
        let jwk = jws.header.get("jwk").and_then(Value::as_object);
        let key = jwk
            .and_then(ForeignKey::read)
            .ok_or(JwtRejected::UnknownKey)?;
        Ok((jws, key))
    }

    fn read_any(text: &'a str) -> Result<Self, JwtRejected> {
        let (jws, payload) = Self::apart(text)?;
        let claims = strict_object(&payload).ok_or(JwtRejected::Malformed)?;
        Ok(Self {
            claims: ForeignClaims(claims),
            ..jws
        })
    }

    /// A token that claims nothing yet, and its payload, which may be anything.
    pub(super) fn apart(text: &'a str) -> Result<(Self, Vec<u8>), JwtRejected> {
        if text.len() > MAX_LENGTH {
            return Err(JwtRejected::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtRejected::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtRejected::Malformed)?;
        let header = from_base64url(header).and_then(|bytes| strict_object(&bytes));
        let header = header.ok_or(JwtRejected::Malformed)?;
        let payload = from_base64url(payload).ok_or(JwtRejected::Malformed)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(JwtRejected::Header);
        }
        let jws = Self {
            signed,
            signature: from_base64url(signature).ok_or(JwtRejected::Malformed)?,
            header,
            claims: ForeignClaims(Map::new()),
        };
        Ok((jws, payload))
    }

    /// Whether it says itself which key signed it.
    pub(super) fn brings_a_key(&self) -> bool {
        self.header.contains_key("jwk")
    }

    /// The algorithm the token says it is signed with; `None` for anything that is not an
    /// asymmetric signature we check.
    pub fn alg(&self) -> Option<ForeignAlg> {
        ForeignAlg::parse(self.alg_name())
    }

    /// `alg` as written; empty when it is missing or no string.
    pub fn alg_name(&self) -> &str {
        self.header_text("alg").unwrap_or_default()
    }

    /// Whether the token says that it is not signed, and is not (RFC 7518 3.6).
    pub fn is_unsigned(&self) -> bool {
        self.alg_name() == "none" && self.signature.is_empty()
    }

    /// `kid`, if it has one.
    pub fn kid(&self) -> Option<&str> {
        self.header_text("kid")
    }

    /// Whether `typ` is one of `types`, in any case and with or without `application/` (RFC 7515
    /// 4.1.9). Empty in `types` stands for a token without one.
    pub fn is_typed(&self, types: &[&str]) -> bool {
        let typ = match self.header.get("typ") {
            None => "",
            Some(Value::String(typ)) if !typ.is_empty() => typ,
            Some(_) => return false,
        };
        let typ = match typ.split_at_checked(12) {
            Some((tree, rest)) if tree.eq_ignore_ascii_case("application/") => rest,
            Some(_) | None => typ,
        };
        types.iter().any(|one| one.eq_ignore_ascii_case(typ))
    }

    /// What it says. Nothing of it is true before the signature was verified.
    pub const fn claims(&self) -> &ForeignClaims {
        &self.claims
    }

    /// Whether `key` signed it, by an algorithm that is `allowed`.
    pub fn is_by_key(&self, key: &ForeignKey, allowed: &[ForeignAlg]) -> bool {
        self.alg()
            .filter(|alg| allowed.contains(alg))
            .is_some_and(|alg| key.is_signed(alg, self.signed.as_bytes(), &self.signature))
    }

    /// Whether it carries an HS256 code by `secret`; in constant time (RFC 7518 3.2).
    pub fn is_by_secret(&self, secret: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let right = hmac::verify(&key, self.signed.as_bytes(), &self.signature).is_ok();
        right && self.alg_name() == "HS256"
    }

    fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}
