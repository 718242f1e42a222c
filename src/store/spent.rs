//! The memory of sealed things that may be used once.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::Timestamp;

impl Store {
    /// Uses up what has this hash: `true` exactly once. Remembered until `expires`, when the thing
    /// itself must no longer be believed.
    pub async fn spend(&self, hash: &[u8; 32], expires: Timestamp) -> Result<bool, StoreError> {
        let hash = hash.to_vec();
        self.write(move |batch| {
            let hash = hash.clone();
            Box::pin(async move {
                let spent = execute!(
                    &mut batch.tx,
                    "INSERT INTO spent (hash, expires) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
                    hash,
                    expires.millis()
                )?;
                Ok(spent == 1)
            })
        })
        .await
    }

    /// Remembers a hash until `expires`, or longer where it was to be remembered longer.
    pub async fn remember(&self, hash: &[u8; 32], expires: Timestamp) -> Result<(), StoreError> {
        let hash = hash.to_vec();
        self.write(move |batch| {
            let hash = hash.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO spent (hash, expires) VALUES ($1, $2) \
                     ON CONFLICT (hash) DO UPDATE SET expires = excluded.expires \
                     WHERE spent.expires < excluded.expires",
                    hash,
                    expires.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Whether [`Self::spend`] or [`Self::remember`] was called with this hash and it is still remembered.
    pub async fn is_spent(&self, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
        let rows = read!(
            self.engine(),
            (i64,),
            "SELECT expires FROM spent WHERE hash = $1 AND expires > $2",
            hash.to_vec(),
            now.millis()
        )?;
        Ok(!rows.is_empty())
    }
}
