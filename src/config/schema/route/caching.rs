//! What a route keeps of an app's answers.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whether answers are kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cache {
    /// Whether.
    Whether(bool),
    /// How much.
    Table(CacheTable),
}

/// How much is kept.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CacheTable {
    /// All answers together. Default "32MiB".
    pub size: Option<String>,
    /// One answer at most. Default "1MiB".
    pub entry: Option<String>,
}
