//! The revocation feed: one mechanism for everything that must take effect now.
//!
//! Events of this process are handled as they commit; those of other processes are polled. Every
//! room that remembers something hands in what it does about an event.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Sessions;
use crate::base::{Clock, Timestamp};
use crate::model::{Event, EventKey};
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;

/// How often other processes' events are looked for.
pub const POLL: Duration = Duration::from_millis(250);

/// What is done about an event. Must be quick: it runs before whoever caused the event is answered.
pub type Handler = Arc<dyn Fn(&Event) + Send + Sync>;

/// What is done when events may have been missed: everything remembered is forgotten.
pub type Forget = Arc<dyn Fn(Timestamp) + Send + Sync>;

/// A feed that was not read for longer than this has gaps. Less than events are kept for.
const GAP: Duration = Duration::from_hours(6 * 24);

/// Hands events to those who must act on them.
pub struct Feed {
    store: Store,
    clock: Clock,
    keep: Duration,
    handlers: Vec<Handler>,
    forget: Vec<Forget>,
    seen: HashMap<String, i64>,
    read: Timestamp,
}

impl Feed {
    /// Loads everything of the last `keep` that may still matter, and from now on handles this
    /// process's own events as they commit. A process must not believe any lease before this.
    pub async fn load(
        store: Store,
        clock: Clock,
        keep: Duration,
        handlers: Vec<Handler>,
    ) -> Result<Self, StoreError> {
        let own = handlers.clone();
        store.on_event(move |event| own.iter().for_each(|handle| handle(event)));
        let seen = HashMap::from([(store.node().to_owned(), i64::MAX)]);
        let read = clock.now();
        let mut feed = Self {
            store,
            clock,
            keep,
            handlers,
            forget: Vec::new(),
            seen,
            read,
        };
        feed.poll().await?;
        Ok(feed)
    }

    /// Should the feed ever have a gap, calls each of `forget` with the time before which nothing
    /// that is remembered can be believed.
    #[must_use]
    pub fn forgetting(mut self, forget: Vec<Forget>) -> Self {
        self.forget = forget;
        self
    }

    /// Follows the feed until the process ends.
    pub async fn run(mut self, sessions: Sessions, metrics: Metrics) {
        let mut tick = tokio::time::interval(POLL);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tick.tick().await;
            let polled = self.poll().await;
            match &polled {
                Err(error) if !failing => {
                    tracing::error!(%error, "the revocation feed cannot be read; trying on");
                }
                Ok(()) if failing => tracing::info!("the revocation feed is read again"),
                Ok(()) | Err(_) => {}
            }
            failing = polled.is_err();
            let now = self.clock.now();
            metrics.revocation_lag(now.since(self.read));
            sessions.revocations().prune(now);
        }
    }

    /// Reads and handles what is new since the last time it could be read, however long ago that is.
    pub async fn poll(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let oldest = self.read.min(now).minus(self.keep);
        let events = self.store.events_since(&self.seen, oldest).await?;
        if now.since(self.read) > GAP {
            tracing::warn!("the revocation feed has a gap: everything remembered is read anew");
            self.forget.iter().for_each(|forget| forget(now));
        }
        for event in events {
            self.handlers.iter().for_each(|handle| handle(&event));
            let seen = self.seen.entry(event.writer).or_insert(event.seq);
            *seen = event.seq.max(*seen);
        }
        self.read = now;
        Ok(())
    }
}

/// What sessions do about a gap: no lease made before it is believed, and nothing stays open.
pub fn forget(sessions: &Sessions, before: Timestamp) {
    sessions.revocations().void_before(before);
    sessions.live().end_everything();
}

/// What sessions do about an event: void what it voids, close what it closes.
pub fn apply(sessions: &Sessions, event: &Event) {
    sessions.revocations().note(event);
    sessions.live().end_tokens(&event.key);
    match &event.key {
        EventKey::Session(id) => sessions.live().end(id),
        EventKey::User(id) => sessions.live().end_all_of(id),
        EventKey::Grant(_)
        | EventKey::Token(_)
        | EventKey::Client(_)
        | EventKey::Credentials(_)
        | EventKey::Keys(_) => {}
    }
}

#[cfg(test)]
mod tests;
