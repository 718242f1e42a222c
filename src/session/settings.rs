//! `[session]`, validated.

use std::time::Duration;

/// How long a session lives.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// Ended after this long without a request.
    pub idle: Duration,
    /// Ended after this long whatever happens.
    pub max: Duration,
    /// How long a sealed cookie is believed without reading the session row.
    pub lease: Duration,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(8 * 3600),
            max: Duration::from_secs(7 * 86_400),
            lease: Duration::from_secs(600),
        }
    }
}
