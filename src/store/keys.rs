//! Sealed signing keys.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::{KeyId, Timestamp};
use crate::model::{Algorithm, EventKey, SigningKeyRecord};

type Row = (String, String, String, Vec<u8>, i64, i64, Option<i64>);

impl Store {
    /// An owner's keys, the oldest first.
    pub async fn list_keys(&self, owner: &str) -> Result<Vec<SigningKeyRecord>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT id, owner, alg, sealed, created, signs_from, gone FROM signing_keys \
             WHERE owner = $1 ORDER BY created, id",
            owner
        )?;
        rows.into_iter().map(record_of).collect()
    }

    /// Adds a key, unless its owner already has one of the algorithm made after `unless_since`:
    /// two nodes that rotate at once make one key. `false` when there was one.
    pub async fn insert_key(
        &self,
        key: &SigningKeyRecord,
        unless_since: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = key.clone();
        self.write(move |batch| {
            let key = key.clone();
            Box::pin(async move {
                let made = execute!(
                    &mut batch.tx,
                    "INSERT INTO signing_keys (id, owner, alg, sealed, created, signs_from, gone) \
                     SELECT $1, $2, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), NULL \
                     WHERE NOT EXISTS (SELECT 1 FROM signing_keys \
                     WHERE owner = $2 AND alg = $3 AND created > $7)",
                    key.id.as_str(),
                    &key.owner,
                    key.alg.as_str(),
                    key.sealed,
                    key.created.millis(),
                    key.signs_from.millis(),
                    unless_since.millis()
                )?;
                if made > 0 {
                    batch
                        .announce(EventKey::Keys(key.owner), key.created)
                        .await?;
                }
                Ok(made > 0)
            })
        })
        .await
    }

    /// Sets when a key is no longer published.
    pub async fn retire_key(
        &self,
        id: &KeyId,
        owner: &str,
        gone: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, owner, now) = (id.clone(), owner.to_owned(), self.now());
        self.write(move |batch| {
            let (id, owner) = (id.clone(), owner.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE signing_keys SET gone = $2 WHERE id = $1",
                    id.as_str(),
                    gone.millis()
                )?;
                batch.announce(EventKey::Keys(owner), now).await
            })
        })
        .await
    }
}

fn record_of(
    (id, owner, alg, sealed, created, signs_from, gone): Row,
) -> Result<SigningKeyRecord, StoreError> {
    Ok(SigningKeyRecord {
        id: id.into(),
        owner,
        alg: Algorithm::parse(&alg).ok_or(StoreError::Corrupt("signing key"))?,
        sealed,
        created: Timestamp::from_millis(created),
        signs_from: Timestamp::from_millis(signs_from),
        gone: gone.map(Timestamp::from_millis),
    })
}
