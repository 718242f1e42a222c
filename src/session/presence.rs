//! What can be said about who sent a request.

use std::sync::Arc;

use super::Lease;

/// Who sent a request, after reading the row where that was due.
#[derive(Debug, Clone)]
pub enum Presence {
    /// Nobody signed in.
    Anonymous,
    /// Somebody.
    Present(Present),
}

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Present {
    /// Their lease, valid now.
    pub lease: Arc<Lease>,
    /// The `Set-Cookie` value to send along, when the lease was renewed.
    pub renewed: Option<String>,
}

/// Who sent a request, as far as memory can tell.
#[derive(Debug, Clone)]
pub enum Instant {
    /// No cookie that opens: nobody.
    Anonymous,
    /// A lease that is valid now.
    Known(Arc<Lease>),
    /// The row must be read: ask `Sessions::renew` with this.
    Ask(Arc<Lease>),
}

/// The name without the port: cookies do not know ports (RFC 6265 8.5).
pub(super) fn hostname(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
