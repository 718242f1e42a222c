//! What is open right now: WebSockets and streams, closed when what let them in no longer holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::base::{SessionId, UserId};

/// The index. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<HashMap<SessionId, Arc<Watched>, ahash::RandomState>>>);

struct Watched {
    user: UserId,
    ended: watch::Sender<bool>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live(..)")
    }
}

impl Live {
    /// Registers something open under `session` of `user`, until the guard is dropped. The session
    /// ends by itself after `remaining`.
    pub fn watch(&self, session: &SessionId, user: &UserId, remaining: Duration) -> LiveGuard {
        let mut open = self.0.lock();
        let watched = open.entry(session.clone()).or_insert_with(|| {
            Arc::new(Watched {
                user: user.clone(),
                ended: watch::Sender::new(false),
            })
        });
        LiveGuard {
            live: self.clone(),
            session: session.clone(),
            ended: watched.ended.subscribe(),
            watched: watched.clone(),
            ends: Instant::now() + remaining.min(FAR),
        }
    }

    /// Closes everything open under `session`, which has ended.
    pub fn end(&self, session: &SessionId) {
        // Taken out, so that nothing opened later is taken for what was open before.
        if let Some(watched) = self.0.lock().remove(session) {
            watched.ended.send_replace(true);
        }
    }

    /// Closes everything that `user` has open: they have changed, and what they may do must be
    /// decided anew. Their sessions go on.
    pub fn end_all_of(&self, user: &UserId) {
        self.0.lock().retain(|_, watched| {
            let theirs = watched.user == *user;
            if theirs {
                watched.ended.send_replace(true);
            }
            !theirs
        });
    }

    /// Closes everything: nobody knows what of it still holds.
    pub fn end_everything(&self) {
        for (_, watched) in self.0.lock().drain() {
            watched.ended.send_replace(true);
        }
    }

    /// How many sessions have something open.
    pub fn sessions(&self) -> usize {
        self.0.lock().len()
    }
}

/// Far enough that nobody waits for it; timers do not take more.
const FAR: Duration = Duration::from_hours(24 * 365);

/// Something open. Dropping it takes it off the index.
pub struct LiveGuard {
    live: Live,
    session: SessionId,
    watched: Arc<Watched>,
    ended: watch::Receiver<bool>,
    ends: Instant,
}

impl LiveGuard {
    /// Resolves when it has to be closed; at once if that is so already.
    pub async fn ended(&mut self) {
        tokio::select! {
            // The sender lives as long as this guard does.
            _ = self.ended.wait_for(|ended| *ended) => {}
            () = tokio::time::sleep_until(self.ends) => {}
        }
    }

    /// Whether it has been told to close, without waiting.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }
}

impl Drop for LiveGuard {
    fn drop(&mut self) {
        let mut open = self.live.0.lock();
        let here = open
            .get(&self.session)
            .is_some_and(|now| Arc::ptr_eq(now, &self.watched));
        // The index and this guard: nobody else. Guards are made and dropped under the lock.
        if here && Arc::strong_count(&self.watched) == 2 {
            open.remove(&self.session);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn all_of_a_session_end_and_no_other() {
        let live = Live::default();
        let watch = |session: &str| live.watch(&session.into(), &"ada".into(), LONG);
        let (mut a1, mut a2, b) = (watch("a"), watch("a"), watch("b"));
        live.end(&"a".into());
        a1.ended().await;
        a2.ended().await;
        assert!(!b.has_ended());
        drop((a1, a2, b));
        assert_eq!(live.sessions(), 0);
    }

    #[tokio::test]
    async fn a_changed_user_is_cut_everywhere_and_may_open_again() {
        let live = Live::default();
        let mut before = live.watch(&"a".into(), &"ada".into(), LONG);
        let others = live.watch(&"b".into(), &"bob".into(), LONG);
        live.end_all_of(&"ada".into());
        let after = live.watch(&"a".into(), &"ada".into(), LONG);
        before.ended().await;
        assert!(!others.has_ended() && !after.has_ended());
        drop(before);
        assert_eq!(live.sessions(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stays_open_past_the_end_of_its_session() {
        let live = Live::default();
        live.watch(&"a".into(), &"ada".into(), LONG).ended().await;
    }
}
