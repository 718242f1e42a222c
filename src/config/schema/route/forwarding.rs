//! What changes on the way to an app and back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What the path becomes on its way to the app.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rewrite {
    /// Taken from the beginning: `match.path`, or a beginning of it.
    pub strip: Option<String>,
    /// Put there instead.
    pub prefix: Option<String>,
}

/// Header fields that are written or removed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderChanges {
    /// Written, in place of whatever was there.
    pub set: BTreeMap<String, String>,
    /// Removed.
    pub remove: Vec<String>,
}
