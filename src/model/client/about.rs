//! What a client says about itself, and where it wants to be told things.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::base::opaque::RegistrationToken;
use crate::base::{IssuerId, OpaqueHash, Timestamp};

/// Where an app runs (OpenID Connect Registration 2).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Application {
    /// On a server, or in a browser from one.
    #[default]
    Web,
    /// On the person's own device.
    Native,
}

impl Application {
    /// As in registrations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

/// How a client came to be that no operator wrote down (RFC 7591).
#[derive(Clone, Debug)]
pub struct Registration {
    /// What its registration is read and changed with (RFC 7592 3).
    pub token: OpaqueHash<RegistrationToken>,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub address: Option<IpAddr>,
    /// The initial access token it was registered with, by its id; `None` where registration is
    /// open.
    pub by: Option<String>,
}

/// A token that lets apps register themselves, so many times (RFC 7591 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialTokenRecord {
    /// What it is called; no secret.
    pub id: String,
    /// The one issuer it is for.
    pub issuer: IssuerId,
    /// How often it may still be used.
    pub uses: u32,
    /// Until when.
    pub expires: Timestamp,
}

/// For people (RFC 7591 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientAbout {
    /// Where it runs.
    pub application: Application,
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
