//! What stands between the socket and the HTTP library: a request's head has to arrive whole
//! within a deadline and a size, on one strictly read request line; a chunked body is framed in one
//! way or not at all, and what follows a request waits until it has been answered; whatever the library would
//! answer of its own accord is replaced by a plain answer of ours; a client that stops reading its
//! answer is given up.
//!
//! The library below has none of this: a byte every ten seconds kept a connection for ever, heads
//! of a megabyte were read, an illegal request line was quietly escaped, and its own error pages
//! name it.

mod body;
mod chunks;
mod io;
mod phase;
mod refusal;
mod scan;
mod stall;
mod stream;

pub use chunks::ChunkScan;
pub use io::{Guard, Refusals};
pub use phase::{CONNECTION, Connection, accepted, begin};
pub use scan::{HeadScan, Scanned};
pub use stall::bound_stream;

use std::time::Duration;

/// How long the head of a request may take to arrive, counted from its first byte.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(15);
/// How long a connection may stay idle between requests.
pub const IDLE: Duration = Duration::from_secs(75);
/// How long a client may take nothing of an answer that waits for it.
pub const STALL: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests;
