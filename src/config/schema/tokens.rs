//! `[tokens]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// How long tokens may live that `doorward token add` makes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// Those of people. A shorter time also ends those that were made before. Default "366d".
    pub personal: Option<String>,
    /// Those of services. Default "366d".
    pub service: Option<String>,
}
