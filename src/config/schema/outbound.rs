//! `[outbound]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Calls to addresses that clients name: their keys and request objects, notices of a logout.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Addresses or networks that are called although they are not public, such as "10.0.0.0/8".
    /// Empty: only public ones are called.
    pub allow_private: Vec<String>,
    /// PEM files of authorities that are trusted besides the system's.
    pub trust: Vec<String>,
    /// The longest a call may take. Default "5s".
    pub timeout: Option<String>,
    /// Also call plain http. Anybody on the way can then change a client's keys: never in production.
    pub danger_allow_http: bool,
}
