//! `[telemetry]`, validated.

use std::path::PathBuf;

/// What is written down, and where.
#[derive(Clone, Debug, Default)]
pub struct TelemetrySettings {
    /// The form of log lines.
    pub log: LogFormat,
    /// Where audit records go besides the store.
    pub audit: Option<AuditFile>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    #[default]
    Json,
    /// For people.
    Pretty,
}

/// An append-only file of JSON lines.
#[derive(Clone, Debug)]
pub struct AuditFile {
    /// Its path.
    pub file: PathBuf,
    /// Whether each line carries the hash of the line before it.
    pub chain: bool,
}
