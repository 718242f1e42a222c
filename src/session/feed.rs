//! The revocation feed: one mechanism for everything that must take effect now.
//!
//! Events of this node arrive from the store as they commit; those of other nodes are polled. Both
//! end up in [`Revocations`] and close what is open.

use std::collections::HashMap;
use std::time::Duration;

use super::{Revocations, Sessions};
use crate::base::Clock;
use crate::model::{Event, EventKey};
use crate::store::{Store, StoreError};

/// How often other nodes' events are looked for.
pub const POLL: Duration = Duration::from_millis(250);

/// Applies events to a process.
pub struct Feed {
    store: Store,
    sessions: Sessions,
    clock: Clock,
    seen: HashMap<String, i64>,
}

impl Feed {
    /// Loads everything that may still matter. A node must not believe any lease before this.
    pub async fn load(store: Store, sessions: Sessions, clock: Clock) -> Result<Self, StoreError> {
        let mut feed = Self {
            store,
            sessions,
            clock,
            seen: HashMap::new(),
        };
        feed.poll().await?;
        Ok(feed)
    }

    /// Follows the feed until the process ends.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(POLL);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tick.tick().await;
            let polled = self.poll().await;
            if let Err(error) = &polled
                && !failing
            {
                tracing::error!(%error, "the revocation feed cannot be read; trying on");
            } else if polled.is_ok() && failing {
                tracing::info!("the revocation feed is read again");
            }
            failing = polled.is_err();
            self.sessions.revocations().prune(self.clock.now());
        }
    }

    /// Reads what is new in the feed.
    pub async fn poll(&mut self) -> Result<(), StoreError> {
        let oldest = self.clock.now().minus(self.sessions.revocations().keep());
        for event in self.store.events_since(&self.seen, oldest).await? {
            apply(&self.sessions, &event);
            let seen = self.seen.entry(event.writer).or_insert(event.seq);
            *seen = event.seq.max(*seen);
        }
        Ok(())
    }
}

/// Takes in one event: what it voids, and what it closes.
pub fn apply(sessions: &Sessions, event: &Event) {
    let revocations: &Revocations = sessions.revocations();
    revocations.note(event);
    if let EventKey::Session(id) = &event.key {
        sessions.live().end(id);
    }
}
