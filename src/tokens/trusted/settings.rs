//! `[trusted_issuer.NAME]`, validated.

use std::collections::BTreeMap;

use crate::base::GroupName;
use crate::keys::ForeignAlg;

/// An issuer that is not ours and whose word is taken at routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// Its NAME in the file.
    pub name: String,
    /// What `iss` says, byte for byte.
    pub url: String,
    /// Where its keys are.
    pub keys: KeysAt,
    /// Whom tokens may be for: one of these, byte for byte. Never empty.
    pub audiences: Vec<String>,
    /// How tokens may be signed. Never empty.
    pub algs: Vec<ForeignAlg>,
    /// What `typ` may say; the empty text for a token without one. Never empty.
    pub types: Vec<String>,
    /// The claim that names a person of ours.
    pub login: String,
    /// Who the person is.
    pub people: People,
    /// Where groups of people who are taken by their claims are said.
    pub groups: Option<GroupClaim>,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysAt {
    /// At this address.
    Jwks(String),
    /// Where the issuer's own document says (OpenID Connect Discovery 4).
    Discovered,
}

/// Who the person of a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// Somebody of ours.
    Known,
    /// Somebody of ours, or else whom the claims describe, for this request alone.
    Claims,
    /// Nobody: tokens are of programs, and only their scopes decide.
    Nobody,
}

/// A claim with groups, and which of ours they are; others are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupClaim {
    /// The claim: a list of texts, or one text.
    pub claim: String,
    /// Theirs to ours.
    pub map: BTreeMap<String, GroupName>,
}
