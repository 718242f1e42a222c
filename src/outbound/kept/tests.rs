//! What counts when, and what nobody is asked for.

use std::cell::Cell;
use std::future::ready;

use super::*;

const PAUSE: Duration = Duration::from_secs(30);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where a failure may")]
fn good(value: u32) -> Result<Good<u32>, Missed> {
    Ok(Good {
        value,
        life: Duration::from_secs(10),
        beyond: Duration::from_secs(100),
    })
}

/// What `key` is answered when fetching it ends in `with`, and whether it was fetched at all.
async fn asked(
    kept: &Kept<&'static str, u32>,
    (key, now): (&'static str, i64),
    with: Result<Good<u32>, Missed>,
) -> (Option<u32>, bool) {
    let fetched = Cell::new(false);
    let value = kept.load(&key, at(now), |_| {
        fetched.set(true);
        ready(with)
    });
    (value.await, fetched.get())
}

#[tokio::test]
async fn a_value_is_fetched_once_for_all_and_again_when_its_time_is_over() {
    let kept = Kept::new(8);
    let fetches = Cell::new(0);
    let fetch = |_| async {
        tokio::task::yield_now().await;
        fetches.set(fetches.get() + 1);
        good(fetches.get())
    };
    let together = futures::join!(kept.load(&"a", at(0), fetch), kept.load(&"a", at(0), fetch),);
    assert_eq!(together, (Some(1), Some(1)));
    assert_eq!(kept.load(&"a", at(9), fetch).await, Some(1));
    // The one who fetches gets the newer, and holds up nobody.
    let together = futures::join!(
        kept.load(&"a", at(10), fetch),
        kept.load(&"a", at(10), fetch),
    );
    assert_eq!(together, (Some(2), Some(1)));
    assert_eq!(kept.load(&"b", at(10), fetch).await, Some(3));
}

#[tokio::test]
async fn what_was_good_stays_while_no_newer_can_be_had_and_not_for_ever() {
    for missed in [Missed::Failed(PAUSE), Missed::Busy] {
        let kept = Kept::new(8);
        assert_eq!(asked(&kept, ("a", 0), good(1)).await, (Some(1), true));
        assert_eq!(asked(&kept, ("a", 10), Err(missed)).await, (Some(1), true));
        assert_eq!(asked(&kept, ("a", 19), good(2)).await, (Some(1), false));
        assert_eq!(asked(&kept, ("a", 109), Err(missed)).await, (Some(1), true));
        assert_eq!(asked(&kept, ("a", 119), Err(missed)).await, (None, true));
        assert_eq!(asked(&kept, ("a", 149), good(2)).await, (Some(2), true));
    }
}

#[tokio::test]
async fn what_its_server_took_away_is_gone_at_once() {
    let kept = Kept::new(8);
    asked(&kept, ("a", 0), good(1)).await;
    let gone = Missed::by(&OutboundError::Status(StatusCode::NOT_FOUND), PAUSE);
    assert_eq!(asked(&kept, ("a", 10), Err(gone)).await, (None, true));
    assert_eq!(asked(&kept, ("a", 39), good(2)).await, (None, false));
    assert_eq!(asked(&kept, ("a", 40), good(2)).await, (Some(2), true));
}

#[tokio::test]
async fn what_failed_is_not_asked_for_at_once_and_what_was_not_asked_for_is() {
    let kept = Kept::new(8);
    let failed = Missed::by(&OutboundError::TimedOut, PAUSE);
    assert_eq!(asked(&kept, ("a", 0), Err(failed)).await, (None, true));
    assert_eq!(asked(&kept, ("a", 29), good(1)).await, (None, false));
    assert_eq!(asked(&kept, ("a", 30), good(1)).await, (Some(1), true));
    let busy = Missed::by(&OutboundError::Busy, PAUSE);
    assert_eq!(asked(&kept, ("b", 0), Err(busy)).await, (None, true));
    assert_eq!(asked(&kept, ("b", 0), good(2)).await, (Some(2), true));
}

#[tokio::test]
async fn names_that_lead_nowhere_take_no_room_of_one_that_was_good() {
    let kept = Kept::new(4);
    kept.load(&0, at(0), |known| {
        ready(if known { Err(Missed::Busy) } else { good(1) })
    })
    .await;
    for name in 1..1000 {
        let missed = kept.load(&name, at(0), |_| ready(Err(Missed::Failed(PAUSE))));
        assert_eq!(missed.await, None);
    }
    let told = Cell::new(false);
    let old = kept.load(&0, at(10), |known| {
        told.set(known);
        ready(Err(Missed::Busy))
    });
    assert_eq!((old.await, told.get()), (Some(1), true));
}
