//! `route.bearer`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Access tokens that a route takes besides sessions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bearer {
    /// The issuer that makes them: the NAME of an [issuer.NAME]. May be left out where the file has
    /// one issuer.
    pub issuer: Option<String>,
    /// Whom they must be for: the id of a [[resource]].
    #[schemars(required)]
    pub audience: Option<String>,
    /// The scopes they must have, all of them. Default none in particular.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether the app gets the token too, in Authorization. Default false.
    #[serde(default)]
    pub forward: bool,
    /// Whether tokens pass that clients have for themselves, about no person; only the scopes
    /// decide then. Default false.
    #[serde(default)]
    pub clients: bool,
}
