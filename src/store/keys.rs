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
                // One statement decides, on whichever node: a later one finds the turn taken.
                let ours = execute!(
                    &mut batch.tx,
                    "INSERT INTO signing_turns (owner, alg, latest) VALUES ($1, $2, $3) \
                     ON CONFLICT (owner, alg) DO UPDATE SET latest = excluded.latest \
                     WHERE signing_turns.latest <= $4",
                    &key.owner,
                    key.alg.as_str(),
                    key.created.millis(),
                    unless_since.millis()
                )?;
                if ours == 0 {
                    return Ok(false);
                }
                execute!(
                    &mut batch.tx,
                    "INSERT INTO signing_keys (id, owner, alg, sealed, created, signs_from, gone) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    key.id.as_str(),
                    &key.owner,
                    key.alg.as_str(),
                    key.sealed,
                    key.created.millis(),
                    key.signs_from.millis(),
                    key.gone.map(Timestamp::millis)
                )?;
                let announced = EventKey::Keys(key.owner);
                batch.announce(announced, key.created).await?;
                Ok(true)
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
