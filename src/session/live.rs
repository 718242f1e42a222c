//! What is open right now: WebSockets and streams, indexed by session, closed when it ends.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::base::SessionId;

/// The index. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<HashMap<SessionId, Watched, ahash::RandomState>>>);

struct Watched {
    ended: watch::Sender<bool>,
    guards: usize,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live(..)")
    }
}

impl Live {
    /// Registers something open under `session`, until the guard is dropped.
    pub fn watch(&self, session: &SessionId) -> LiveGuard {
        let mut open = self.0.lock();
        let watched = open.entry(session.clone()).or_insert_with(|| Watched {
            ended: watch::Sender::new(false),
            guards: 0,
        });
        watched.guards += 1;
        LiveGuard {
            live: self.clone(),
            session: session.clone(),
            ended: watched.ended.subscribe(),
        }
    }

    /// Tells everything open under `session` that it has ended.
    pub fn end(&self, session: &SessionId) {
        if let Some(watched) = self.0.lock().get(session) {
            watched.ended.send_replace(true);
        }
    }

    /// How many sessions have something open.
    pub fn sessions(&self) -> usize {
        self.0.lock().len()
    }
}

/// Something open. Dropping it takes it off the index.
pub struct LiveGuard {
    live: Live,
    session: SessionId,
    ended: watch::Receiver<bool>,
}

impl LiveGuard {
    /// Resolves when the session has ended; at once if it already has.
    pub async fn ended(&mut self) {
        // The sender lives in the index for as long as this guard does.
        let _ = self.ended.wait_for(|ended| *ended).await;
    }

    /// Whether it has ended, without waiting.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }
}

impl Drop for LiveGuard {
    fn drop(&mut self) {
        let mut open = self.live.0.lock();
        if let Some(watched) = open.get_mut(&self.session) {
            watched.guards -= 1;
            if watched.guards == 0 {
                open.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_of_a_session_end_and_no_other() {
        let live = Live::default();
        let (mut a1, mut a2) = (live.watch(&"a".into()), live.watch(&"a".into()));
        let b = live.watch(&"b".into());
        live.end(&"a".into());
        a1.ended().await;
        a2.ended().await;
        assert!(!b.has_ended());
        drop((a1, a2, b));
        assert_eq!(live.sessions(), 0);
    }
}
