//! Rate limits that hold across restarts and nodes: the generic cell rate algorithm, one
//! conditional statement per attempt.

use std::time::Duration;

use super::engine::{execute, read, returning};
use super::{Store, StoreError};
use crate::base::Timestamp;

impl Store {
    /// Takes one from `bucket`, which refills one each `every` and holds `burst`. `Err` says when
    /// the next one is there.
    pub async fn take(
        &self,
        bucket: &str,
        every: Duration,
        burst: u32,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        let bucket = bucket.to_owned();
        let step = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        // A theoretical arrival time further ahead than this means that nothing is left.
        let ahead = step.saturating_mul(i64::from(burst.max(1)) - 1);
        self.write(move |batch| {
            let bucket = bucket.clone();
            Box::pin(async move {
                let now = now.millis();
                let taken = execute!(
                    &mut batch.tx,
                    "INSERT INTO throttles (bucket, tat) \
                     VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT)) \
                     ON CONFLICT (bucket) DO UPDATE SET tat = \
                     CASE WHEN throttles.tat > $2 THEN throttles.tat ELSE $2 END + $3 \
                     WHERE throttles.tat <= CAST($2 AS BIGINT) + CAST($4 AS BIGINT)",
                    &bucket,
                    now,
                    step,
                    ahead
                )?;
                if taken > 0 {
                    return Ok(Ok(()));
                }
                let sql = "SELECT tat FROM throttles WHERE bucket = $1";
                let rows = returning!(&mut batch.tx, (i64,), sql, &bucket)?;
                let tat = rows.first().map_or(now, |(tat,)| *tat);
                Ok(Err(Timestamp::from_millis(tat.saturating_sub(ahead))))
            })
        })
        .await
    }

    /// When the next one of `bucket` is there, without taking it; `None` when it is there now.
    pub async fn peek(
        &self,
        bucket: &str,
        every: Duration,
        burst: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let step = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let ahead = step.saturating_mul(i64::from(burst.max(1)) - 1);
        let sql = "SELECT tat FROM throttles WHERE bucket = $1";
        let rows = read!(self.engine(), (i64,), sql, bucket)?;
        let free = rows.first().map_or(0, |(tat,)| tat.saturating_sub(ahead));
        Ok((free > now.millis()).then(|| Timestamp::from_millis(free)))
    }

    /// Puts back one that was taken from `bucket`.
    pub async fn give_back(
        &self,
        bucket: &str,
        every: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let bucket = bucket.to_owned();
        let step = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        self.write(move |batch| {
            let bucket = bucket.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE throttles SET tat = tat - CAST($2 AS BIGINT) \
                     WHERE bucket = $1 AND tat > $3",
                    bucket,
                    step,
                    now.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Fills `bucket` up.
    pub async fn forgive(&self, bucket: &str) -> Result<(), StoreError> {
        let bucket = bucket.to_owned();
        self.write(move |batch| {
            let bucket = bucket.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "DELETE FROM throttles WHERE bucket = $1",
                    bucket
                )
                .map(drop)
            })
        })
        .await
    }
}
