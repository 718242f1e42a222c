//! `[storage]` and `[session]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretValue;

/// Where records are kept.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// "sqlite:///path/doorward.db", "sqlite::memory:", or "postgres://user@host/database".
    pub url: Option<SecretValue>,
    /// The master key that seals signing keys and secrets. A file is made at the first start.
    pub key: Option<SecretValue>,
}

/// How long sessions live.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// A session ends after this long without a request. Default "8h".
    pub idle: Option<String>,
    /// A session ends after this long whatever happens. Default "7d".
    pub max: Option<String>,
    /// How long a cookie is believed without reading the session's row. Default "10m".
    pub lease: Option<String>,
    /// The largest form that is kept while whoever sent it signs in again, at most "1MiB"; "0" keeps
    /// none. Default "64KiB".
    pub post_replay: Option<String>,
}
