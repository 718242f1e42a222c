//! What was fetched, kept for a while: of many who ask at once one fetches, what failed is not asked
//! for again at once, and what was good stays when no newer can be had.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use parking_lot::Mutex;

use super::OutboundError;
use crate::base::Timestamp;

/// How long an old value is answered before a newer one is asked for again in vain.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Values by what they were fetched for, each with its own end.
pub struct Kept<K, V> {
    good: Slots<K, V>,
    // Apart, so that names which lead to nothing take no room of those that do.
    unproven: Slots<K, V>,
}

type Slots<K, V> = quick_cache::sync::Cache<K, Arc<Slot<V>>>;

struct Slot<V> {
    state: Mutex<State<V>>,
    /// Whoever holds this fetches.
    fetching: tokio::sync::Mutex<()>,
}

struct State<V> {
    good: Option<Entry<V>>,
    /// Until then nobody is asked.
    again: Option<Timestamp>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    fresh: Timestamp,
    end: Timestamp,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good<V> {
    /// The value.
    pub value: V,
    /// How long it counts.
    pub life: Duration,
    /// How long beyond that, while no newer can be had.
    pub beyond: Duration,
}

/// Why nothing was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nobody was asked.
    Busy,
    /// It may be there still; it is not asked for again for this long.
    Failed(Duration),
    /// It is there no more, so what was kept of it counts no more, either. The same time.
    Gone(Duration),
}

impl Missed {
    /// What `error` says of a value that is not asked for again for `pause`.
    pub fn by(error: &OutboundError, pause: Duration) -> Self {
        match error {
            OutboundError::Busy => Self::Busy,
            OutboundError::Status(StatusCode::NOT_FOUND | StatusCode::GONE) => Self::Gone(pause),
            OutboundError::Status(_)
            | OutboundError::Url
            | OutboundError::NotHttps
            | OutboundError::NotAllowed
            | OutboundError::Unreachable
            | OutboundError::TimedOut
            | OutboundError::TooLarge
            | OutboundError::Client(_) => Self::Failed(pause),
        }
    }
}

impl<K, V> std::fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Room for this many.
    pub fn new(most: usize) -> Self {
        Self {
            good: Slots::new(most),
            unproven: Slots::new(most),
        }
    }

    /// The value of `key`. When there is none, or its time is over, `fetching` says what it is now;
    /// it is told whether there was a good one before. While one fetches, the others are given what
    /// was good, or wait if there is nothing.
    pub async fn load<F>(
        &self,
        key: &K,
        now: Timestamp,
        fetching: impl FnOnce(bool) -> F,
    ) -> Option<V>
    where
        F: Future<Output = Result<Good<V>, Missed>>,
    {
        let proven = self.good.get(key);
        let known = proven.is_some();
        let slot = proven.unwrap_or_else(|| self.unproven(key));
        if let Some(value) = slot.fresh(now) {
            return Some(value);
        }
        let _fetching = match (slot.fetching.try_lock(), slot.usable(now)) {
            (Ok(held), _) => held,
            (Err(_), Some(old)) => return Some(old),
            (Err(_), None) => slot.fetching.lock().await,
        };
        if let Some(value) = slot.fresh(now) {
            return Some(value);
        }
        if slot.is_pausing(now) {
            return slot.usable(now);
        }
        match fetching(known).await {
            Ok(good) => {
                let value = good.value.clone();
                slot.keep(good, now);
                self.good.insert(key.clone(), Arc::clone(&slot));
                self.unproven.remove(key);
                Some(value)
            }
            Err(missed) => slot.miss(missed, now),
        }
    }

    fn unproven(&self, key: &K) -> Arc<Slot<V>> {
        let made = self
            .unproven
            .get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Slot::empty()));
        let Ok(slot) = made;
        slot
    }
}

impl<V: Clone> Slot<V> {
    fn empty() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                good: None,
                again: None,
            }),
            fetching: tokio::sync::Mutex::new(()),
        })
    }

    fn good(&self, counts: impl FnOnce(&Entry<V>) -> bool) -> Option<V> {
        let state = self.state.lock();
        let good = state.good.as_ref().filter(|good| counts(good));
        good.map(|good| good.value.clone())
    }

    fn fresh(&self, now: Timestamp) -> Option<V> {
        self.good(|good| now < good.fresh)
    }

    fn usable(&self, now: Timestamp) -> Option<V> {
        self.good(|good| now < good.end)
    }

    fn is_pausing(&self, now: Timestamp) -> bool {
        self.state.lock().again.is_some_and(|again| now < again)
    }

    fn keep(&self, good: Good<V>, now: Timestamp) {
        let fresh = now.plus(good.life);
        *self.state.lock() = State {
            good: Some(Entry {
                value: good.value,
                fresh,
                end: fresh.plus(good.beyond),
            }),
            again: None,
        };
    }

    fn miss(&self, missed: Missed, now: Timestamp) -> Option<V> {
        let old = self.usable(now);
        let mut state = self.state.lock();
        match (missed, old) {
            (Missed::Gone(pause), _) => {
                state.good = None;
                state.again = Some(now.plus(pause));
                None
            }
            (Missed::Failed(_) | Missed::Busy, Some(old)) => {
                state.again = Some(now.plus(ASK_AGAIN));
                Some(old)
            }
            (Missed::Failed(pause), None) => {
                state.again = Some(now.plus(pause));
                None
            }
            // Whoever comes next may have more luck.
            (Missed::Busy, None) => None,
        }
    }
}

#[cfg(test)]
mod tests;
