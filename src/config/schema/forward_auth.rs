//! `[forward_auth]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// The door for proxies that forward by themselves and ask here first.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForwardAuth {
    /// Addresses or networks of the proxies that may ask; those of listen.trusted_proxies by
    /// default. They are believed about what they ask.
    pub trusted: Option<Vec<String>>,
    /// Products whose addresses are answered too, so that a proxy that is set up for one can stay
    /// as it is.
    pub compat: Vec<CompatWord>,
}

/// A product whose addresses are answered too.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum CompatWord {
    /// /oauth2/auth, /oauth2/sign_in, /oauth2/start, /oauth2/sign_out, /oauth2/userinfo.
    #[serde(rename = "oauth2-proxy")]
    Oauth2Proxy,
    /// /api/authz/forward-auth, /api/authz/auth-request, /api/authz/ext-authz.
    #[serde(rename = "authelia")]
    Authelia,
}
