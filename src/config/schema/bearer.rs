//! `route.bearer`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Tokens that a route takes besides sessions.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bearer {
    /// The issuer that makes access tokens: the NAME of an [issuer.NAME], or of a
    /// [trusted_issuer.NAME]. May be left out where the file has
    /// one issuer.
    pub issuer: Option<String>,
    /// Whom access tokens must be for: the id of an API resource. Needed, unless the route takes
    /// standing tokens alone.
    pub audience: Option<String>,
    /// The scopes that tokens must have, all of them. Default none in particular.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether the app gets the access token too, in Authorization. Default false.
    #[serde(default)]
    pub forward: bool,
    /// Whether tokens pass that clients have for themselves, about no person; only the scopes
    /// decide then. Default false.
    #[serde(default)]
    pub clients: bool,
    /// Whether people's own tokens pass, which `doorward token add --user` makes; also as a password.
    /// Default false.
    #[serde(default)]
    pub personal: bool,
    /// Whether tokens of services pass, which `doorward token add --service` makes; also as a
    /// password. Only the scopes decide then. Default false.
    #[serde(default)]
    pub service: bool,
}

/// An access token that an app gets about every person who passes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityBearer {
    /// The issuer that makes it: the NAME of an [issuer.NAME]. May be left out where the file has
    /// one issuer.
    pub issuer: Option<String>,
    /// Whom it is for: the id of an API resource.
    #[schemars(required)]
    pub audience: Option<String>,
    /// What it allows there, of that resource's scopes. Default nothing in particular.
    #[serde(default)]
    pub scopes: Vec<String>,
}
