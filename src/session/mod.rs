//!
//! The session row is the authority. A browser's cookie carries a lease: inside it requests are
//! decided from memory; past it the row is read once and the lease renewed. [`revocation`] is the
//! one mechanism that voids leases and tokens before their time, and [`live`] closes what is open.

pub mod cookie;
pub mod lease;
pub mod live;
pub mod revocation;
mod settings;

pub use lease::Lease;
pub use live::{Live, LiveGuard};
pub use revocation::Revocations;
pub use settings::*;
