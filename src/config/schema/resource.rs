//! `[[resource]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// An API that access tokens can be for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its resource indicator and the audience of its tokens: an absolute URI, such as
    /// `https://api.example.com`.
    #[schemars(required)]
    pub id: Option<String>,
    /// The name people see; the id by default.
    pub name: Option<String>,
    /// Its scopes, and what each allows in words: { "booking:read" = "See your bookings" }.
    #[serde(default)]
    pub scopes: BTreeMap<String, String>,
    /// Lifetime of its access tokens; the issuer's by default.
    pub access_token: Option<String>,
    /// The ids of clients that are its servers: they may introspect and exchange its tokens.
    #[serde(default)]
    pub servers: Vec<String>,
}
