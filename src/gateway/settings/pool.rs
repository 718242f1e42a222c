//! How the upstreams of a route are chosen, checked and spoken to.

use std::time::Duration;

use http::StatusCode;

/// How the upstreams of a route are chosen, checked and spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolSettings {
    /// By upstream: how many turns it gets; those that are missing get one.
    pub weights: Vec<u16>,
    /// Whether they are asked in the background if they are well.
    pub health: Option<Health>,
    /// What is spoken to them.
    pub protocol: Protocol,
}

/// A question that an upstream answers while it is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// What is asked for, by GET.
    pub path: String,
    /// How often.
    pub every: Duration,
    /// What it answers; any 2xx or 3xx when absent.
    pub status: Option<StatusCode>,
}

impl Health {
    /// How often an upstream is asked when nothing else is said.
    pub const EVERY: Duration = Duration::from_secs(10);
}

/// What is spoken to an upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2: with TLS where the upstream is https, at once where it is not (h2c). A connection
    /// that is upgraded to a `WebSocket` is HTTP/1.1 all the same.
    Http2,
}
