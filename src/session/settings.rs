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
    /// The largest form, in bytes, that is kept for somebody who has to sign in again; 0 keeps none.
    pub post_replay: usize,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(8),
            max: Duration::from_hours(7 * 24),
            lease: Duration::from_mins(10),
            post_replay: 64 * 1024,
        }
    }
}
