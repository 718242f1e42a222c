//! What a client says about itself, and where it wants to be told things.

use serde::{Deserialize, Serialize};

/// For people (RFC 7591 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientAbout {
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Who runs it.
    pub contacts: Vec<String>,
}

/// How it learns that a session ended (OpenID Connect Back-Channel Logout 2.2, Front-Channel
/// Logout 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogoutUris {
    /// Where logout tokens are posted.
    pub backchannel: Option<String>,
    /// Whether logout tokens must name the session.
    pub backchannel_session: bool,
    /// What is loaded in a frame when a person signs out.
    pub frontchannel: Option<String>,
    /// Whether that is told issuer and session.
    pub frontchannel_session: bool,
}

/// What holds for its requests when they do not say (OpenID Connect Registration 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestDefaults {
    /// Seconds since a person proved who they are.
    pub max_age: Option<u64>,
    /// Whether ID tokens must say when that was; ours always do.
    pub require_auth_time: bool,
    /// How they should have, best first.
    pub acr_values: Vec<String>,
    /// Where a login that starts elsewhere begins.
    pub initiate_login_uri: Option<String>,
}
