//! `[outbound]`, validated.

use std::path::PathBuf;
use std::time::Duration;

use super::Reach;

/// What may be called, and how long it may take.
#[derive(Clone, Debug)]
pub struct OutboundSettings {
    /// Which addresses.
    pub reach: Reach,
    /// PEM files of roots that are trusted besides the system's.
    pub trust: Vec<PathBuf>,
    /// Longest an exchange may take.
    pub timeout: Duration,
    /// Whether plain http is called: what is fetched then can be changed by anybody on the way.
    pub danger_allow_http: bool,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            trust: Vec::new(),
            timeout: Duration::from_secs(5),
            danger_allow_http: false,
        }
    }
}
