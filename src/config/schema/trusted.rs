//! `[trusted_issuer.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// An issuer that is not ours and whose access tokens routes may take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// What the `iss` of its tokens says, byte for byte, such as `https://login.corp.example`.
    #[schemars(required)]
    pub issuer: Option<String>,
    /// Where its keys are; by default where its discovery document says.
    pub jwks_uri: Option<String>,
    /// Whom its tokens may be for: one of these, byte for byte.
    #[schemars(required)]
    pub audiences: Option<Vec<String>>,
    /// How its tokens may be signed. Default ["RS256", "PS256", "ES256", "ES384", "EdDSA"].
    pub algorithms: Option<Vec<String>>,
    /// What the `typ` of its tokens may say; "" for none. Default ["at+jwt"] (RFC 9068).
    pub types: Option<Vec<String>>,
    /// The claim that names a person of ours, by user name or e-mail address. "email" counts only
    /// with `email_verified`. Default "email".
    pub login: Option<String>,
    /// Who the person is: "known" for somebody of ours (default), "claims" for whom the claims
    /// describe if nobody is found, "nobody" for tokens of programs.
    pub people: Option<PeopleWord>,
    /// Groups of people who are taken by their claims.
    pub groups: Option<TrustedGroups>,
}

/// Who the person of a token is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PeopleWord {
    /// Somebody of ours.
    Known,
    /// Somebody of ours, or whom the claims describe, for this request alone.
    Claims,
    /// Nobody: only the scopes decide.
    Nobody,
}

/// A claim with groups.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedGroups {
    /// The claim. Default "groups".
    pub claim: Option<String>,
    /// Their groups and ours: { "Wiki Readers" = "staff" }. Groups that are not here count for
    /// nothing.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
}
