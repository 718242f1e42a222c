//! Removing what is past all use, a little at a time, so that nobody waits long behind it.

use std::time::Duration;

use super::engine::execute;
use super::{Store, StoreError};
use crate::base::Timestamp;

/// Rows that one change removes.
const AT_ONCE: i64 = 2000;
/// Changes of one kind in one sweep; the next sweep goes on.
const ROUNDS: usize = 50;

const NOW: Duration = Duration::ZERO;
/// By how much the clocks of nodes may differ: what one holds for over, another may still take.
const SKEW: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);
const MONTH: Duration = Duration::from_hours(30 * 24);
const YEAR: Duration = Duration::from_hours(366 * 24);

/// What is removed, and how long after its time. What single-use rules remember stays at least as
/// long as the thing itself could be presented; events, as long as anything they void.
const PAST_USE: &[(&str, Duration)] = &[
    (
        "DELETE FROM spent WHERE hash IN (SELECT hash FROM spent WHERE expires < $1 LIMIT $2)",
        SKEW,
    ),
    (
        "DELETE FROM throttles WHERE bucket IN \
         (SELECT bucket FROM throttles WHERE tat < $1 LIMIT $2)",
        NOW,
    ),
    (
        "DELETE FROM late_forms WHERE hash IN \
         (SELECT hash FROM late_forms WHERE expires < $1 LIMIT $2)",
        NOW,
    ),
    (
        "DELETE FROM sign_in_links WHERE user_id IN \
         (SELECT user_id FROM sign_in_links WHERE expires < $1 LIMIT $2) AND expires < $1",
        DAY,
    ),
    (
        "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires < $1 LIMIT $2) \
         AND expires < $1",
        DAY,
    ),
    (
        // Long past the time for which a client is told of an end.
        "DELETE FROM logouts WHERE (session_id, issuer, client) IN \
         (SELECT session_id, issuer, client FROM logouts WHERE ended < $1 LIMIT $2)",
        WEEK,
    ),
    (
        "DELETE FROM acme_answers WHERE token IN \
         (SELECT token FROM acme_answers WHERE expires < $1 LIMIT $2)",
        NOW,
    ),
    (
        "DELETE FROM device_codes WHERE hash IN \
         (SELECT hash FROM device_codes WHERE expires < $1 LIMIT $2)",
        DAY,
    ),
    (
        "DELETE FROM events WHERE (writer, seq) IN \
         (SELECT writer, seq FROM events WHERE at < $1 ORDER BY at LIMIT $2)",
        WEEK,
    ),
    (
        "DELETE FROM opened WHERE session_id IN \
         (SELECT id FROM sessions WHERE ended < $1 ORDER BY id LIMIT $2)",
        MONTH,
    ),
    (
        "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE ended < $1 ORDER BY id LIMIT $2)",
        MONTH,
    ),
    (
        "DELETE FROM opened WHERE session_id IN \
         (SELECT id FROM sessions WHERE last_seen < $1 ORDER BY id LIMIT $2)",
        YEAR,
    ),
    (
        "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE last_seen < $1 ORDER BY id LIMIT $2)",
        YEAR,
    ),
    (
        "DELETE FROM initial_tokens WHERE id IN \
         (SELECT id FROM initial_tokens WHERE expires < $1 LIMIT $2)",
        MONTH,
    ),
    (
        "DELETE FROM standing_tokens WHERE id IN \
         (SELECT id FROM standing_tokens WHERE expires < $1 LIMIT $2)",
        MONTH,
    ),
    (
        "DELETE FROM signing_keys WHERE id IN \
         (SELECT id FROM signing_keys WHERE gone < $1 LIMIT $2)",
        MONTH,
    ),
    (
        // Refusals, which strangers cause, are kept for as long as somebody may ask after them.
        "DELETE FROM audit WHERE id IN \
         (SELECT id FROM audit WHERE ok = 0 AND at < $1 ORDER BY at LIMIT $2)",
        MONTH,
    ),
    (
        "DELETE FROM audit WHERE id IN \
         (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)",
        YEAR,
    ),
    (
        // An owner without a key may make its first again.
        "DELETE FROM signing_turns WHERE latest < $1 AND NOT EXISTS (SELECT 1 FROM signing_keys \
         AS k WHERE k.owner = signing_turns.owner AND k.alg = signing_turns.alg) AND $2 > 0",
        NOW,
    ),
];

impl Store {
    /// Removes what is past all use at `now`; how many rows. People, clients of operators and
    /// consents are never removed here; the long memory of the audit trail is its file. Clients that
    /// registered themselves and were never used are forgotten after a month.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for &(sql, age) in PAST_USE {
            gone += self.remove(sql, now.minus(age)).await?;
        }
        gone += self.sweep_unused_clients(now.minus(MONTH)).await?;
        Ok(gone)
    }

    async fn remove(&self, sql: &'static str, before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for _ in 0..ROUNDS {
            let removed = self.write(move |batch| {
                Box::pin(async move { execute!(&mut batch.tx, sql, before.millis(), AT_ONCE) })
            });
            let removed = removed.await?;
            gone += removed;
            if i64::try_from(removed).unwrap_or(i64::MAX) < AT_ONCE {
                break;
            }
        }
        Ok(gone)
    }
}
