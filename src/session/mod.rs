//! Who is here: sessions, the sealed lease a browser holds, and the feed that ends them.
//!
//! The session row is the authority. A browser's cookie carries a lease: inside it requests are
//! decided from memory; past it the row is read once and the lease renewed. [`revocation`] is the
//! one mechanism that voids leases and tokens before their time, and [`live`] closes what is open.

pub mod cookie;
pub mod feed;
pub mod lease;
pub mod live;
mod presence;
pub mod revocation;
mod sessions;
mod settings;

pub use feed::Feed;
pub use lease::Lease;
pub use live::{Live, LiveGuard};
pub use presence::{Instant, Presence, Present};
pub use revocation::Revocations;
pub use sessions::{SessionError, Sessions};
pub use settings::*;
