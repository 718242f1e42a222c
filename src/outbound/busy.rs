//! How many calls are in flight: one slow host must not hold up the calls to all others.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

const AT_ALL: usize = 128;
const PER_HOST: usize = 8;

/// Calls in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    hosts: HashMap<String, usize>,
}

/// One call in flight; counted until dropped.
pub(super) struct Entered {
    busy: Busy,
    host: String,
}

impl Busy {
    /// Counts a call; `None` when there are too many.
    pub fn enter(&self, host: &str) -> Option<Entered> {
        let mut counts = self.0.lock();
        let here = counts.hosts.get(host).copied().unwrap_or(0);
        if counts.all >= AT_ALL || here >= PER_HOST {
            return None;
        }
        counts.all += 1;
        counts.hosts.insert(host.to_owned(), here + 1);
        Some(Entered {
            busy: self.clone(),
            host: host.to_owned(),
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.busy.0.lock();
        counts.all = counts.all.saturating_sub(1);
        match counts.hosts.get_mut(&self.host) {
            Some(here) if *here > 1 => *here -= 1,
            Some(_) | None => {
                counts.hosts.remove(&self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_host_fills_its_own_share_and_no_more() {
        let busy = Busy::default();
        let held: Vec<_> = (0..PER_HOST).map(|_| busy.enter("a").unwrap()).collect();
        assert!(busy.enter("a").is_none());
        assert!(busy.enter("b").is_some());
        drop(held);
        assert!(busy.enter("a").is_some());
        assert!(busy.0.lock().hosts.is_empty() && busy.0.lock().all == 0);
    }
}
