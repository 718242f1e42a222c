//! What a route answers by itself.

use schemars::JsonSchema;
use serde::Deserialize;

/// Another address.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The address, such as `https://new.example.com{path}{query}`. {path}, {query} (with its
    /// question mark) and {host} are those of the request.
    #[schemars(required)]
    pub to: Option<String>,
    /// 301, 302 (default), 303, 307 or 308.
    pub status: Option<u16>,
}

/// A text that is always the same.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// The status. Default 200.
    pub status: Option<u16>,
    /// The text; empty by default.
    pub body: Option<String>,
    /// Its media type. Default "text/plain; charset=utf-8".
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Whether there is maintenance, or what is said about it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Maintenance {
    /// Whether.
    Whether(bool),
    /// What is said.
    Table(MaintenanceTable),
}

/// What is said about maintenance.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaintenanceTable {
    /// When to try again, such as "10m".
    pub retry_after: Option<String>,
    /// A sentence or two for people.
    pub text: Option<String>,
}
