//! Signals: SIGTERM or SIGINT once to drain, twice to go at once; and what systemd is told.

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Both signals, taken over from the default action.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Starts listening for them.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Tells systemd, if it started us and asked to be told.
pub fn tell_supervisor(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}

/// Feeds systemd's watchdog, if there is one, for as long as the runtime turns.
pub async fn tell_supervisor_we_live() {
    let Some(within) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut tick = tokio::time::interval(within / 2);
    loop {
        tick.tick().await;
        tell_supervisor(&[NotifyState::Watchdog]);
    }
}
