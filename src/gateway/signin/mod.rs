//! How a sign-in at the site becomes one at a protected host, without either seeing the other's
//! cookie.
//!
//! 1. An anonymous navigation on a protected host is sent to the site with a sealed [`start`]
//!    token, bound to a nonce that only this browser holds.
//! 2. The site, once it knows who is there, sends the browser back with a sealed [`handoff`] code.
//! 3. The protected host redeems the code, once, for the browser with the nonce, and gives it a
//!    cookie of its own.
//!
//! On the site's own host there is nothing to hand over: the cookie is the same.

pub mod credentials;
mod doors;
mod handoff;
pub mod jwks;
mod late_form;
pub mod neighbours;
mod start;

use std::sync::Arc;

pub use doors::{route_host, router};
pub use late_form::WaitingForm;
pub use start::{Stale, Start};

use super::route::Hosts;
use super::settings::SiteSettings;
use crate::base::{Clock, Rng};
use crate::flow::Flow;
use crate::identity::Directory;
use crate::keys::Sealer;
use crate::session::Sessions;
use crate::store::Store;
use crate::web::{FormTarget, Kit};

/// What hands sign-ins over. Cheap to clone.
#[derive(Clone)]
pub struct SignIn(Arc<Parts>);

/// What [`SignIn`] is made of.
pub struct Parts {
    /// Where the site is.
    pub site: SiteSettings,
    /// Hosts that have a route; a sign-in is handed over to no other.
    pub hosts: Hosts<()>,
    /// Pages.
    pub kit: Kit,
    /// Logins in progress.
    pub flow: Flow,
    /// Who is here.
    pub sessions: Sessions,
    /// Who exists.
    pub directory: Directory,
    /// Where codes are spent.
    pub store: Store,
    /// What seals.
    pub sealer: Sealer,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl SignIn {
    /// From its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What it is made of.
    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Where the site is.
    pub(super) fn site(&self) -> &SiteSettings {
        &self.0.site
    }

    /// Protected hosts to which an app may send a browser on, as far as a page's policy holds them.
    fn origins(&self) -> Vec<String> {
        let hosts = self.0.hosts.names().map(|host| self.origin_of(&host));
        FormTarget::sources(hosts)
    }

    fn origin_of(&self, host: &str) -> String {
        self.0.site.origin_of(host)
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(..)")
    }
}

impl axum::extract::FromRef<SignIn> for Kit {
    fn from_ref(signin: &SignIn) -> Self {
        signin.0.kit.clone()
    }
}

impl axum::extract::FromRef<SignIn> for Sessions {
    fn from_ref(signin: &SignIn) -> Self {
        signin.0.sessions.clone()
    }
}
