//! How long standing tokens may live.

use std::time::Duration;

use crate::model::StandingKind;

/// `[tokens]`, validated: the longest that tokens may live, by whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingSettings {
    /// A person's.
    pub personal: Duration,
    /// A service's.
    pub service: Duration,
}

impl Default for StandingSettings {
    fn default() -> Self {
        let year = Duration::from_hours(24 * 366);
        Self {
            personal: year,
            service: year,
        }
    }
}

impl StandingSettings {
    /// The longest that a token of this kind may live.
    pub const fn longest(&self, kind: StandingKind) -> Duration {
        match kind {
            StandingKind::Personal => self.personal,
            StandingKind::Service => self.service,
        }
    }
}
