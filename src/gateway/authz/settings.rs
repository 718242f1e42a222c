//! `[forward_auth]`, validated.

use ipnet::IpNet;

/// The door for proxies that forward by themselves and ask here first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardAuthSettings {
    /// Peers that may ask; never empty. Whoever may ask is believed about everything it describes:
    /// the address, the method, the client.
    pub trusted: Vec<IpNet>,
    /// Whose addresses it answers at besides its own.
    pub compat: Vec<Compat>,
}

/// A product whose addresses proxies are set up for already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compat {
    /// `/oauth2/auth`, `/oauth2/sign_in` and their like.
    Oauth2Proxy,
    /// `/api/authz/...`.
    Authelia,
}

impl Compat {
    /// The path under which its addresses are, on every host.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Oauth2Proxy => "/oauth2",
            Self::Authelia => "/api/authz",
        }
    }
}

impl ForwardAuthSettings {
    /// The paths that are Doorward's own on every host because of it.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.compat.iter().copied().map(Compat::prefix)
    }
}
