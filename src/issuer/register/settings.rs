//! `registration` of `[issuer.NAME]`, validated.

use std::time::Duration;

use serde::Deserialize;

use crate::base::ScopeSet;
use crate::identity::Rate;
use crate::model::{ConsentPolicy, Pkce};

/// Who may register clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Nobody.
    #[default]
    Off,
    /// Whoever has an initial access token.
    Token,
    /// Anybody.
    Open,
}

impl RegistrationMode {
    /// As in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Token => "token",
            Self::Open => "open",
        }
    }
}

/// Clients that register themselves, and what they may get.
#[derive(Clone, Debug)]
pub struct RegistrationSettings {
    /// Who may.
    pub mode: RegistrationMode,
    /// Whether those that authenticate may leave PKCE out.
    pub pkce: Pkce,
    /// The scopes they may ask for.
    pub scopes: ScopeSet,
    /// When people are asked.
    pub consent: ConsentPolicy,
    /// Most of them.
    pub most: u32,
    /// How many one network may register.
    pub per_ip: Rate,
    /// Whether their assertions may name the token endpoint as audience, as OpenID Connect Core 9
    /// recommends.
    pub assertion_for_token_endpoint: bool,
    /// Hosts whose URLs are client ids, described by what is found there.
    pub metadata_hosts: Vec<String>,
}

impl RegistrationSettings {
    /// What a client may ask for when nothing is said.
    pub const SCOPES: [&str; 6] = [
        "openid",
        "profile",
        "email",
        "address",
        "phone",
        "offline_access",
    ];
    /// How many there may be when nothing is said.
    pub const MOST: u32 = 10_000;
    /// How many one network may register when nothing is said.
    pub const PER_IP: Rate = Rate {
        count: 100,
        window: Duration::from_mins(10),
    };
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::default(),
            pkce: Pkce::default(),
            scopes: Self::SCOPES.into_iter().collect(),
            consent: ConsentPolicy::default(),
            most: Self::MOST,
            per_ip: Self::PER_IP,
            assertion_for_token_endpoint: true,
            metadata_hosts: Vec::new(),
        }
    }
}
