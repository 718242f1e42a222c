//! Where requests go, and how well that is.

use schemars::JsonSchema;
use serde::Deserialize;

/// An upstream.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum UpstreamEntry {
    /// Its address.
    Url(String),
    /// Its address and weight.
    Table(UpstreamTable),
}

/// An upstream with a weight.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamTable {
    /// Its address.
    #[schemars(required)]
    pub url: Option<String>,
    /// How many turns it gets while others get theirs: 1 (default) to 100.
    pub weight: Option<u16>,
}

/// What is spoken to upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ProtocolWord {
    /// HTTP/1.1.
    #[serde(rename = "http/1.1")]
    Http1,
    /// HTTP/2 over TLS.
    #[serde(rename = "h2")]
    H2,
    /// HTTP/2 without TLS.
    #[serde(rename = "h2c")]
    H2c,
}

/// A question that an upstream answers while it is well.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// The path that is asked for by GET, such as "/healthz".
    #[schemars(required)]
    pub path: Option<String>,
    /// How often. Default "10s".
    pub every: Option<String>,
    /// The status of a good answer; any 2xx or 3xx by default.
    pub status: Option<u16>,
}
