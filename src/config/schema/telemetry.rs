//! `[telemetry]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Logs and audit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// The form of log lines. Default "json".
    pub log: Option<LogWord>,
    /// An audit file besides the records in storage.
    pub audit: Option<AuditTable>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogWord {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

/// An append-only file of JSON lines.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditTable {
    /// The file.
    #[schemars(required)]
    pub file: Option<String>,
    /// Whether each line carries the hash of the line before it; `doorward audit verify` checks.
    #[serde(default)]
    pub chain: bool,
}
