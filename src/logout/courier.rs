//! The task that empties the queue: it takes on what is due, a bounded number at once in all and
//! for each client, and begins anew when something is queued, told, or falls due.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Logout;
use super::patience::Whom;
use crate::store::{Claim, StoreError};

/// How often the queue is looked at when nothing happens here: other nodes write to it too.
const TICK: Duration = Duration::from_secs(1);
/// How long a notice is this node's. Longer than a post may take.
const TAKEN: Duration = Duration::from_secs(30);
/// Posts at once, in all.
const AT_ONCE: usize = 32;
/// Clients that are looked at in one round.
const CLIENTS: usize = 1000;

/// The task.
#[derive(Debug)]
pub struct Courier {
    logout: Logout,
    posts: JoinSet<Whom>,
    busy: HashMap<Whom, usize>,
}

impl Courier {
    /// A courier with empty hands.
    pub fn new(logout: Logout) -> Self {
        Self {
            logout,
            posts: JoinSet::new(),
            busy: HashMap::new(),
        }
    }

    /// Goes on until the process ends.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            let taken = self.take_on().await;
            match &taken {
                Err(error) if !failing => {
                    tracing::error!(%error, "the queue of logout tokens cannot be read; trying on");
                }
                Ok(_) | Err(_) => {}
            }
            failing = taken.is_err();
            let more = taken.unwrap_or(false);
            let inner = self.logout.0.clone();
            tokio::select! {
                () = inner.queued.notified() => {}
                Some(done) = self.posts.join_next(), if more => self.note(done),
                _ = tick.tick() => {}
            }
            while let Some(done) = self.posts.try_join_next() {
                self.note(done);
            }
            let metrics = &inner.parts.metrics;
            metrics.backchannel_clients_resting(inner.patience.resting());
        }
    }

    /// Takes on what is due and there is room for; whether more may be waiting for that room.
    pub(super) async fn take_on(&mut self) -> Result<bool, StoreError> {
        let parts = &self.logout.0.parts;
        let now = parts.clock.now();
        for whom in parts.store.clients_to_tell(now, CLIENTS).await? {
            let busy = self.busy.get(&whom).copied().unwrap_or(0);
            let free = self.logout.0.patience.at_once(&whom).saturating_sub(busy);
            let most = free.min(AT_ONCE.saturating_sub(self.posts.len()));
            if most == 0 {
                continue;
            }
            let claim = Claim {
                now,
                until: now.plus(TAKEN),
                most,
            };
            for notice in parts.store.claim_logouts(&whom.0, &whom.1, claim).await? {
                *self.busy.entry(whom.clone()).or_default() += 1;
                let (logout, whom) = (self.logout.clone(), whom.clone());
                self.posts.spawn(async move {
                    if let Err(error) = logout.tell(&notice).await {
                        // It falls due again by itself.
                        tracing::warn!(%error, "a logout token's outcome was not written down");
                    }
                    whom
                });
            }
        }
        Ok(!self.posts.is_empty())
    }

    /// Waits until everything taken on has an outcome.
    #[cfg(test)]
    pub(super) async fn finish(&mut self) {
        while let Some(done) = self.posts.join_next().await {
            self.note(done);
        }
    }

    fn note(&mut self, done: Result<Whom, tokio::task::JoinError>) {
        match done {
            Ok(whom) => {
                let busy = self.busy.entry(whom.clone()).or_default();
                *busy = busy.saturating_sub(1);
                if *busy == 0 {
                    self.busy.remove(&whom);
                }
            }
            // A panic says nothing about which: rather a few too many at once than none ever.
            Err(_) => self.busy.clear(),
        }
    }
}
