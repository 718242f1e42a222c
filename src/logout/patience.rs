//! How long to wait for a client that cannot be told: longer each time, spread by chance, and after
//! several failures in a row the client rests as a whole, so that a dead one costs next to nothing.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{ClientId, IssuerId, Timestamp};

/// After this long a client is not told any more.
pub const LONGEST: Duration = Duration::from_hours(24);
/// Posts to one client at once, while all is well.
const AT_ONCE: usize = 4;
/// Failures in a row after which a client rests.
const ENOUGH: u32 = 5;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(30);
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_mins(10);

/// A client as the queue knows it.
pub type Whom = (IssuerId, ClientId);

/// Failures in a row, by client.
#[derive(Debug, Default)]
pub struct Patience(Mutex<HashMap<Whom, Failing>>);

#[derive(Debug, Default)]
struct Failing {
    times: u32,
    rests: Timestamp,
}

/// A client's rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Until when nothing is posted to it.
    pub until: Timestamp,
    /// Whether it was trusted until now.
    pub first: bool,
}

impl Patience {
    /// Posts to `whom` at once; one, as a trial, after a rest.
    pub fn at_once(&self, whom: &Whom) -> usize {
        match self.0.lock().get(whom) {
            Some(failing) if failing.times >= ENOUGH => 1,
            Some(_) | None => AT_ONCE,
        }
    }

    /// Another failure, and the client's rest; `None` while it is still trusted. Posts that were
    /// under way when the rest began do not make it longer.
    pub fn failed(&self, whom: &Whom, now: Timestamp) -> Option<Rest> {
        let mut all = self.0.lock();
        let failing = all.entry(whom.clone()).or_default();
        if now < failing.rests {
            return Some(Rest {
                until: failing.rests,
                first: false,
            });
        }
        failing.times = failing.times.saturating_add(1);
        let beyond = failing.times.checked_sub(ENOUGH)?;
        failing.rests = now.plus(doubled(FIRST_REST, beyond, LONGEST_REST));
        Some(Rest {
            until: failing.rests,
            first: beyond == 0,
        })
    }

    /// The client answered, or nothing is to be told to it any more. Whether it had rested.
    pub fn over(&self, whom: &Whom) -> bool {
        let failing = self.0.lock().remove(whom);
        failing.is_some_and(|failing| failing.times >= ENOUGH)
    }

    /// How many clients rest.
    pub fn resting(&self) -> usize {
        let all = self.0.lock();
        let resting = all.values().filter(|failing| failing.times >= ENOUGH);
        resting.count()
    }
}

/// How long a notice waits after it was tried `tries` times; `chance` spreads it by a quarter.
pub fn pause(tries: u32, chance: u8) -> Duration {
    let pause = doubled(FIRST_PAUSE, tries.saturating_sub(1), LONGEST_PAUSE);
    pause.mul_f64(0.75 + f64::from(chance) / 512.0)
}

fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_an_hour_and_are_spread() {
        let seconds = |tries, chance| pause(tries, chance).as_millis();
        assert_eq!(seconds(1, 0), 750);
        assert_eq!(seconds(1, 128), 1000);
        assert_eq!(seconds(4, 128), 8000);
        assert_eq!(pause(u32::MAX, 128), LONGEST_PAUSE);
        let longest = pause(99, 255);
        assert!(longest > LONGEST_PAUSE && longest < LONGEST_PAUSE * 2);
    }

    #[test]
    fn a_client_that_keeps_failing_rests_and_is_tried_one_at_a_time() {
        let (patience, whom) = (Patience::default(), ("main".into(), "shop".into()));
        let failed = |second| {
            let rest = patience.failed(&whom, Timestamp::from_seconds(second));
            rest.map(|rest| (rest.until.seconds(), rest.first))
        };
        let rests: Vec<_> = (0..5).map(|_| failed(0)).collect();
        assert_eq!(rests, [None, None, None, None, Some((10, true))]);
        // Those that were under way; then one trial after each rest.
        assert_eq!(
            (failed(0), failed(9)),
            (Some((10, false)), Some((10, false)))
        );
        assert_eq!(
            (failed(10), failed(30)),
            (Some((30, false)), Some((70, false)))
        );
        assert_eq!((patience.at_once(&whom), patience.resting()), (1, 1));
        let other = ("beta".into(), "shop".into());
        assert_eq!(patience.at_once(&other), AT_ONCE);
        for day in 1..100 {
            failed(day * 86_400);
        }
        let longest = i64::try_from(LONGEST_REST.as_secs()).unwrap();
        assert_eq!(failed(8_640_000), Some((8_640_000 + longest, false)));
        assert!(patience.over(&whom) && !patience.over(&whom));
        assert_eq!((patience.at_once(&whom), patience.resting()), (AT_ONCE, 0));
    }
}
