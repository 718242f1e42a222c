//! What the sign-in door works with.

use std::sync::Arc;

use axum::extract::FromRef;

use super::LoginSettings;
use crate::base::{Clock, Rng};
use crate::flow::Flow;
use crate::identity::{Directory, Passwords, Throttle};
use crate::logout::Logout;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::{Audit, Metrics};
use crate::web::Kit;

/// The parts of the sign-in door; each is cheap to clone.
#[derive(Clone)]
pub struct LoginState {
    /// Pages and forms.
    pub kit: Kit,
    /// Logins in progress.
    pub flow: Flow,
    /// Sessions.
    pub sessions: Sessions,
    /// People.
    pub directory: Directory,
    /// The hashing pool.
    pub passwords: Passwords,
    /// How often somebody may try.
    pub throttle: Throttle,
    /// Tells apps.
    pub logout: Logout,
    /// One-time links and the list of sessions.
    pub store: Store,
    /// The audit trail.
    pub audit: Audit,
    /// Counters.
    pub metrics: Metrics,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
    /// `[login]`.
    pub settings: Arc<LoginSettings>,
}

impl FromRef<LoginState> for Kit {
    fn from_ref(state: &LoginState) -> Self {
        state.kit.clone()
    }
}

impl FromRef<LoginState> for Sessions {
    fn from_ref(state: &LoginState) -> Self {
        state.sessions.clone()
    }
}
