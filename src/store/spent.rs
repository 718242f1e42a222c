//! The memory of sealed things that may be used once.

use super::engine::execute;
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
}
