//! `[permission]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// What people may do besides signing in, each by being in one of some groups ("group:NAME"). What
/// is left out everybody may do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Permissions {
    /// Who may own clients.
    pub create_api_clients: Option<Vec<String>>,
    /// Whose clients may sign people in.
    pub openid_login: Option<Vec<String>>,
}
