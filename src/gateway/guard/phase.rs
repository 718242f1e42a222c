//! Where an HTTP/1 connection is between reading a head and answering it. Shared by the socket's
//! guard and the request in progress, which run in one task.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

tokio::task_local! {
    /// The connection that the current task serves. HTTP/2 streams run in tasks of their own and
    /// see none.
    pub static CONNECTION: Arc<Connection>;
}

/// The phase of a connection.
#[derive(Debug, Default)]
pub struct Connection {
    phase: AtomicU8,
    /// Counts requests, so that the guard notices a new one.
    request: AtomicU32,
}

/// What the connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A head is awaited or arriving.
    Head,
    /// The head has arrived and nobody of ours has seen the request yet: an answer now is the
    /// library's own.
    Parsed,
    /// A request is being answered, or this is HTTP/2.
    Open,
}

impl Connection {
    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Head,
            1 => Phase::Parsed,
            _ => Phase::Open,
        }
    }

    pub(super) fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn request(&self) -> u32 {
        self.request.load(Ordering::Relaxed)
    }
}

/// The next request of this connection begins with the bytes read from now on.
pub fn begin() {
    let _ = CONNECTION.try_with(|connection| {
        connection.request.fetch_add(1, Ordering::Relaxed);
        connection.set(Phase::Head);
    });
}

/// The request has reached code of ours.
pub fn accepted() {
    let _ = CONNECTION.try_with(|connection| connection.set(Phase::Open));
}
