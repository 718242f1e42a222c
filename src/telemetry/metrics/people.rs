//! People and apps: sign-ins, tokens, sessions.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Registry};

use super::make::{Made, counter, counters, gauge};

/// Metrics of people and apps.
#[derive(Clone, Debug)]
pub struct People {
    pub(super) logins: IntCounterVec,
    pub(super) tokens: IntCounterVec,
    pub(super) cache_hits: IntCounter,
    pub(super) cache_misses: IntCounter,
    pub(super) logouts: IntCounterVec,
    pub(super) logouts_waiting: IntGauge,
    pub(super) logouts_resting: IntGauge,
}

impl People {
    pub(super) fn register(r: &Registry) -> Made<Self> {
        Ok(Self {
            logins: counters(
                r,
                "logins_total",
                "Attempts to sign in.",
                &["method", "outcome"],
            )?,
            tokens: counters(
                r,
                "tokens_issued_total",
                "Successful answers of the token endpoint.",
                &["issuer", "grant"],
            )?,
            cache_hits: counter(
                r,
                "session_cache_hits_total",
                "Requests decided from the lease alone.",
            )?,
            cache_misses: counter(
                r,
                "session_cache_misses_total",
                "Requests for which the session row was read.",
            )?,
            logouts: counters(
                r,
                "backchannel_logouts_total",
                "Attempts to tell a client that a session ended.",
                &["outcome"],
            )?,
            logouts_waiting: gauge(
                r,
                "backchannel_logouts_waiting",
                "Logout tokens that are to be sent, at the last count.",
            )?,
            logouts_resting: gauge(
                r,
                "backchannel_clients_resting",
                "Clients that failed to take logout tokens so often that they are tried seldom.",
            )?,
        })
    }
}
