//! Reading JSON Web Tokens that we signed: every claim that matters is demanded, nothing is
//! guessed (RFC 8725, RFC 7519, RFC 7515).
//!
//! jsonwebtoken checks the signature, issuer and audience; this file checks what it lets through:
//! wrong types, duplicates, `crit`, keys inside the token, and the times (by our clock).

use std::time::Duration;

use jsonwebtoken::Validation;
use serde_json::{Map, Value};

use super::json::strict_object;
pub use super::kind::JwtType;
use super::ring::KeyRing;
use crate::base::Timestamp;
use crate::base::encoding::from_base64url;
use crate::model::Algorithm;

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// How far clocks of nodes may differ.
const LEEWAY: Duration = Duration::from_secs(10);

/// What a token must say to be believed.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `typ`, exactly.
    pub typ: JwtType,
    /// `iss`, exactly.
    pub issuer: &'a str,
    /// `aud`.
    pub audience: Audience<'a>,
    /// Whether an expired token is believed.
    pub expiry: Expiry,
}

/// Whom a token must be for.
#[derive(Clone, Copy, Debug)]
pub enum Audience<'a> {
    /// Exactly this one.
    Is(&'a str),
    /// The caller looks at [`Claims::audiences`] itself, as with an `id_token_hint`, whose audience
    /// tells which client is asking.
    LeftToCaller,
}

/// Whether an expired token is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// No.
    Enforced,
    /// Yes: a hint says who it was about, not that they may do something (OpenID Connect
    /// RP-Initiated Logout 2).
    Overlooked,
}

/// The claims of a token whose signature and protocol claims were checked.
#[derive(Clone, Debug)]
pub struct Claims {
    /// `sub`; never empty.
    pub sub: String,
    /// `aud`; never empty. Several only in access tokens (RFC 9068 3).
    pub audiences: Vec<String>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires: Timestamp,
    members: Map<String, Value>,
}

impl Claims {
    /// `aud`, when there is one alone.
    pub fn audience(&self) -> Option<&str> {
        match self.audiences.as_slice() {
            [only] => Some(only),
            [] | [_, _, ..] => None,
        }
    }

    /// A claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// A claim that is a list of texts; empty when it is not.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let list = self.members.get(name).and_then(Value::as_array);
        let texts = list.into_iter().flatten();
        texts
            .filter_map(|text| Some(text.as_str()?.to_owned()))
            .collect()
    }

    /// A claim that is a whole number of seconds since the epoch.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        numeric_date(self.members.get(name)?)
    }

    /// Every claim as received.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

/// Why a token was refused; for logs and metrics, never for the bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtRejected {
    /// Not three parts of canonical base64url, too long, or not strict JSON.
    #[error("malformed")]
    Malformed,
    /// No key of ours with that `kid`, or its algorithm is another.
    #[error("unknown key or algorithm")]
    UnknownKey,
    /// A header parameter that we do not take: `crit`, or a key inside the token.
    #[error("refused header parameter")]
    Header,
    /// Another `typ`.
    #[error("another type of token")]
    Type,
    /// The signature does not match, or issuer or audience are not the expected ones.
    #[error("wrong signature, issuer or audience")]
    Mismatch,
    /// A claim is missing or has the wrong type.
    #[error("a claim is missing or malformed")]
    Claim,
    /// Outside its time.
    #[error("expired or not yet valid")]
    Time,
}

type Object = Map<String, Value>;

/// Verifies `jwt` with the keys of `ring`.
pub(super) fn verify(
    ring: &KeyRing,
    jwt: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Claims, JwtRejected> {
    let (header, members) = read_parts(jwt)?;
    let text = |name| header.get(name).and_then(Value::as_str);
    // Keys come from our ring alone; critical extensions we have none (RFC 7515 4.1).
    if ["crit", "b64", "jwk", "jku", "x5c", "x5u"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(JwtRejected::Header);
    }
    if text("typ") != Some(expected.typ.as_str()) {
        return Err(JwtRejected::Type);
    }
    let key = text("kid")
        .and_then(|kid| ring.published(kid, now))
        .filter(|key| text("alg") == Some(key.alg().as_str()))
        .ok_or(JwtRejected::UnknownKey)?;

    jsonwebtoken::decode::<serde::de::IgnoredAny>(
        jwt,
        key.public(),
        &validation(key.alg(), expected),
    )
    .map_err(|_| JwtRejected::Mismatch)?;
    check_claims(members, expected, now)
}

fn read_parts(jwt: &str) -> Result<(Object, Object), JwtRejected> {
    if jwt.len() > MAX_LENGTH {
        return Err(JwtRejected::Malformed);
    }
    let mut parts = jwt.splitn(4, '.').map(from_base64url);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Some(header)), Some(Some(payload)), Some(Some(_signature)), None) => {
            strict_object(&header)
                .zip(strict_object(&payload))
                .ok_or(JwtRejected::Malformed)
        }
        _ => Err(JwtRejected::Malformed),
    }
}

/// Times are checked by us, against the clock that was handed in.
fn validation(alg: Algorithm, expected: &Expected<'_>) -> Validation {
    let mut validation = Validation::new(match alg {
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    });
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&[expected.issuer]);
    match expected.audience {
        Audience::Is(audience) => validation.set_audience(&[audience]),
        Audience::LeftToCaller => validation.validate_aud = false,
    }
    validation
}

fn check_claims(
    members: Map<String, Value>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Claims, JwtRejected> {
    let text = |name| {
        members
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or(JwtRejected::Claim)
    };
    let time = |name| {
        members
            .get(name)
            .and_then(numeric_date)
            .ok_or(JwtRejected::Claim)
    };
    let sub = text("sub")?.to_owned();
    let audiences = audiences(&members, expected.typ).ok_or(JwtRejected::Claim)?;
    let (issued_at, expires) = (time("iat")?, time("exp")?);
    if text("iss")? != expected.issuer {
        return Err(JwtRejected::Mismatch);
    }
    if let Audience::Is(audience) = expected.audience
        && !audiences.iter().any(|one| one == audience)
    {
        return Err(JwtRejected::Mismatch);
    }
    if issued_at > now.plus(LEEWAY) {
        return Err(JwtRejected::Time);
    }
    if members.contains_key("nbf") && time("nbf")? > now.plus(LEEWAY) {
        return Err(JwtRejected::Time);
    }
    if expected.expiry == Expiry::Enforced && expires.plus(LEEWAY) <= now {
        return Err(JwtRejected::Time);
    }
    Ok(Claims {
        sub,
        audiences,
        issued_at,
        expires,
        members,
    })
}

/// `aud`, a text or, for an access token, a list of texts.
fn audiences(members: &Object, typ: JwtType) -> Option<Vec<String>> {
    let listed = match members.get("aud")? {
        Value::String(one) => vec![one.clone()],
        Value::Array(list) if typ == JwtType::Access => list
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            return None;
        }
    };
    (!listed.is_empty() && listed.iter().all(|one| !one.is_empty())).then_some(listed)
}

/// A `NumericDate` as we write them: whole, positive, within the next ten thousand years.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    value
        .as_i64()
        .filter(|seconds| (0..=253_402_300_799).contains(seconds))
        .map(Timestamp::from_seconds)
}
