//! Whether a route is among the apps that people are shown.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whether a route is among the apps that people are shown.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Portal {
    /// Whether.
    Whether(bool),
    /// As what.
    Table(PortalTable),
}

/// What people are shown of an app.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortalTable {
    /// Its name. Default: the route's id.
    pub name: Option<String>,
    /// What it is, in a sentence.
    pub about: Option<String>,
}
