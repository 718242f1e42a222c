//! What was fetched, kept for a while: of many who ask at once one fetches, and what failed is not
//! asked for again at once.

use std::convert::Infallible;
use std::future::Future;
use std::hash::Hash;
use std::time::Duration;

use crate::base::Timestamp;

/// Values by what they were fetched for, each with its own end.
pub struct Kept<K, V>(quick_cache::sync::Cache<K, Entry<V>>);

#[derive(Clone)]
struct Entry<V> {
    until: Timestamp,
    value: V,
}

impl<K, V> std::fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Room for this many.
    pub fn new(most: usize) -> Self {
        Self(quick_cache::sync::Cache::new(most))
    }

    /// The value of `key`. When there is none, or its time is over, `fetching` says what it is now
    /// and how long that counts.
    pub async fn load(
        &self,
        key: &K,
        now: Timestamp,
        fetching: impl Future<Output = (V, Duration)>,
    ) -> V {
        if let Some(entry) = self.0.get(key) {
            if now < entry.until {
                return entry.value;
            }
            self.0.remove(key);
        }
        let fetched = async {
            let (value, life) = fetching.await;
            let until = now.plus(life);
            Ok::<_, Infallible>(Entry { until, value })
        };
        let Ok(entry) = self.0.get_or_insert_async(key, fetched).await;
        entry.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_value_is_fetched_once_for_all_and_again_when_its_time_is_over() {
        let kept = Kept::new(8);
        let fetches = std::cell::Cell::new(0);
        let fetch = || async {
            tokio::task::yield_now().await;
            fetches.set(fetches.get() + 1);
            (fetches.get(), Duration::from_secs(10))
        };
        let at = Timestamp::from_seconds;
        let together = futures::join!(
            kept.load(&"a", at(0), fetch()),
            kept.load(&"a", at(0), fetch()),
        );
        assert_eq!(together, (1, 1));
        assert_eq!(kept.load(&"a", at(9), fetch()).await, 1);
        assert_eq!(kept.load(&"a", at(10), fetch()).await, 2);
        assert_eq!(kept.load(&"b", at(10), fetch()).await, 3);
    }
}
