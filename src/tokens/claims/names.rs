//! Which claims may be defined in the configuration, and which never.

use super::standard;

/// Claims by which tokens work, and by which those who read tokens decide: RFC 7519, RFC 8693,
/// RFC 9068, RFC 7662, RFC 7800, OpenID Connect Core, Back-Channel Logout. Said by what mints.
const PROTOCOL: &[&str] = &[
    "_claim_names",
    "_claim_sources",
    "acr",
    "act",
    "active",
    "amr",
    "ath",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "events",
    "exp",
    "grant_id",
    "htm",
    "htu",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "s_hash",
    "scope",
    "scp",
    "sid",
    "sub",
    "sub_id",
    "sub_jwk",
    "toe",
    "token_introspection",
    "token_type",
    "txn",
    "urn:openid:params:jwt:claim:rar",
    "username",
];
/// Ours, by how they begin.
const OWN: &str = "dw_";

/// Claims that say who somebody is or what they belong to: from the user's record, never from
/// attributes.
const IDENTITY: &[&str] = &[
    "address",
    "email",
    "email_verified",
    "group",
    "groups",
    "name",
    "phone_number",
    "phone_number_verified",
    "preferred_username",
    "tenant",
    "tenant_name",
    "tenant_sub",
    "tenants",
    "updated_at",
];

/// The longest name, in bytes; some are URLs.
const MAX: usize = 200;

/// The name of a claim that the configuration may define: not one of the protocol's, and not one
/// by which a person or what they belong to is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimName(String);

/// Why a name cannot be that of a custom claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Tokens work by it.
    #[error("belongs to the protocol and cannot be given another meaning")]
    Protocol,
    /// It says who somebody is.
    #[error("says who somebody is or what they belong to; it comes from their record alone")]
    Identity,
    /// Not a name.
    #[error("is not a name: 1 to {MAX} visible ASCII characters, no quotes or backslashes")]
    Form,
}

impl ClaimName {
    /// Reads a name. What looks like a path into another claim counts as that claim, for some
    /// read `cnf.jkt` as `jkt` within `cnf`.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'\\`".contains(&byte);
        if text.is_empty() || text.len() > MAX || !text.bytes().all(plain) {
            return Err(NameFault::Form);
        }
        let folded = text.to_ascii_lowercase();
        let top = folded.split(['.', '/', '[']).next().unwrap_or_default();
        for name in [folded.as_str(), top] {
            if is_protocol(name) {
                return Err(NameFault::Protocol);
            }
            if IDENTITY.contains(&name) {
                return Err(NameFault::Identity);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope that gives it when nothing is said: the one that promises a standard claim, else
    /// `openid`.
    pub fn usual_scope(&self) -> &'static str {
        standard::scope_of(&self.0).unwrap_or("openid")
    }
}

impl std::borrow::Borrow<str> for ClaimName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Whether nothing but the protocol may say this.
pub(super) fn is_protocol(name: &str) -> bool {
    PROTOCOL.contains(&name) || name.starts_with(OWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_02_no_custom_claim_takes_the_name_of_another() {
        for (name, fault) in [
            ("sub", NameFault::Protocol),
            ("iss", NameFault::Protocol),
            ("aud", NameFault::Protocol),
            ("exp", NameFault::Protocol),
            ("Sub", NameFault::Protocol),
            ("cnf.jkt", NameFault::Protocol),
            ("act/sub", NameFault::Protocol),
            ("amr[0]", NameFault::Protocol),
            ("dw_ref", NameFault::Protocol),
            ("groups", NameFault::Identity),
            ("tenant_sub", NameFault::Identity),
            ("email_verified", NameFault::Identity),
            ("groups.0", NameFault::Identity),
            ("", NameFault::Form),
            ("a b", NameFault::Form),
            ("sub\0", NameFault::Form),
            ("ѕub", NameFault::Form),
            (&"x".repeat(201), NameFault::Form),
        ] {
            assert_eq!(ClaimName::parse(name), Err(fault), "{name}");
        }
        for name in ["plan", "roles", "subject", "https://corp.test/claims/plan"] {
            assert_eq!(ClaimName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_standard_claim_goes_with_its_scope() {
        let scope = |name| ClaimName::parse(name).unwrap().usual_scope();
        assert_eq!(scope("given_name"), "profile");
        assert_eq!(scope("plan"), "openid");
    }
}
