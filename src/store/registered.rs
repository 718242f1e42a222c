//! Clients that register themselves: admitted, counted, and forgotten when nobody uses them.

use super::clients::definition;
use super::engine::{execute, returning};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::opaque::InitialToken;
use crate::base::{ClientId, IssuerId, OpaqueHash, Timestamp};
use crate::model::{Client, EventKey, InitialTokenRecord};

/// Clients that one sweep forgets at most.
const SWEPT: i64 = 500;

/// What came of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The client is there.
    Done,
    /// As many as there may be are there already.
    Full,
    /// The initial access token is unknown, used up, expired, or another issuer's.
    NotAdmitted,
}

impl Store {
    /// Adds a client that registers itself, unless its issuer has `most` of them. `token` is used
    /// once more, in the same step: what is not added costs nothing.
    pub async fn register_client(
        &self,
        client: &Client,
        most: u32,
        token: Option<&OpaqueHash<InitialToken>>,
    ) -> Result<Registered, StoreError> {
        let (client, now, text) = (client.clone(), self.now(), definition(client)?);
        let token = token.map(|hash| hash.as_bytes().to_vec());
        self.write(move |batch| {
            let (client, text, token) = (client.clone(), text.clone(), token.clone());
            Box::pin(async move {
                take_turn(batch, &client.issuer).await?;
                if let Some(token) = token
                    && !admit(batch, &client.issuer, token, most, now).await?
                {
                    return refused(batch, &client.issuer, most).await;
                }
                let added = execute!(
                    &mut batch.tx,
                    "INSERT INTO clients (id, issuer, definition, created, updated, registered) \
                     SELECT $1, $2, $3, CAST($4 AS BIGINT), CAST($4 AS BIGINT), CAST($4 AS BIGINT) \
                     WHERE (SELECT COUNT(*) FROM clients WHERE issuer = $2 AND registered > 0) \
                     < CAST($5 AS BIGINT)",
                    client.id.as_str(),
                    client.issuer.as_str(),
                    text,
                    now.millis(),
                    i64::from(most)
                )?;
                // Nobody knows the client yet, so nobody has to be told: what it is given in this
                // very second is good.
                Ok(if added == 0 {
                    Registered::Full
                } else {
                    Registered::Done
                })
            })
        })
        .await
    }

    /// Removes a client, what it was given and what people agreed to for it; `false` when there is
    /// none of that id. Its access tokens die by the event.
    pub async fn delete_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let (id, now) = (id.clone(), self.now());
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move { delete(batch, &id, now).await })
        })
        .await
    }

    /// Notes that a client has been used, so that it is not forgotten.
    pub async fn note_client_use(&self, id: &ClientId) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.now());
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE clients SET used = $2 WHERE id = $1 AND used IS NULL",
                    id.as_str(),
                    now.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Notes that a client lives, which no person has used: a sweep counts from now on.
    pub async fn note_client_life(&self, id: &ClientId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE clients SET registered = $2 \
                     WHERE id = $1 AND used IS NULL AND registered < $2",
                    id.as_str(),
                    now.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Forgets clients that registered themselves, or last acted alone, before `before` and have never
    /// been used by anybody; how many.
    pub async fn sweep_unused_clients(&self, before: Timestamp) -> Result<u64, StoreError> {
        let now = self.now();
        self.write(move |batch| {
            Box::pin(async move {
                let unused = returning!(
                    &mut batch.tx,
                    (String,),
                    "DELETE FROM clients WHERE used IS NULL AND registered < $1 AND id IN \
                     (SELECT id FROM clients WHERE used IS NULL AND registered < $1 \
                     ORDER BY registered LIMIT $2) RETURNING id",
                    before.millis(),
                    SWEPT
                )?;
                let mut gone = 0;
                for (id,) in unused {
                    batch.announce(EventKey::Client(id.into()), now).await?;
                    gone += 1;
                }
                Ok(gone)
            })
        })
        .await
    }

    /// Makes an initial access token known.
    pub async fn insert_initial_token(
        &self,
        record: &InitialTokenRecord,
        hash: &OpaqueHash<InitialToken>,
    ) -> Result<(), StoreError> {
        let (record, hash, now) = (record.clone(), hash.as_bytes().to_vec(), self.now());
        self.write(move |batch| {
            let (record, hash) = (record.clone(), hash.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO initial_tokens (id, hash, issuer, uses, expires, created) \
                     VALUES ($1, $2, $3, $4, $5, $6)",
                    record.id,
                    hash,
                    record.issuer.as_str(),
                    i64::from(record.uses),
                    record.expires.millis(),
                    now.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Every initial access token that is remembered, the newest first, used up or not, with the time
    /// it was made.
    pub async fn list_initial_tokens(
        &self,
    ) -> Result<Vec<(InitialTokenRecord, Timestamp)>, StoreError> {
        let rows = super::engine::read!(
            self.engine(),
            (String, String, i64, i64, i64),
            "SELECT id, issuer, uses, expires, created FROM initial_tokens \
             ORDER BY created DESC, id"
        )?;
        rows.into_iter()
            .map(|(id, issuer, uses, expires, created)| {
                let record = initial_token(id, issuer, uses, expires)?;
                Ok((record, Timestamp::from_millis(created)))
            })
            .collect()
    }

    /// Forgets an initial access token: nobody registers by it any more. `false` when there is none
    /// of that id.
    pub async fn revoke_initial_token(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        let gone = self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move {
                let sql = "DELETE FROM initial_tokens WHERE id = $1";
                execute!(&mut batch.tx, sql, id)
            })
        });
        Ok(gone.await? > 0)
    }

    /// The initial access token of this hash, used up or not.
    pub async fn load_initial_token(
        &self,
        hash: &OpaqueHash<InitialToken>,
    ) -> Result<Option<InitialTokenRecord>, StoreError> {
        let rows = super::engine::read!(
            self.engine(),
            (String, String, i64, i64),
            "SELECT id, issuer, uses, expires FROM initial_tokens WHERE hash = $1",
            hash.as_bytes().to_vec()
        )?;
        let row = rows.into_iter().next();
        row.map(|(id, issuer, uses, expires)| initial_token(id, issuer, uses, expires))
            .transpose()
    }
}

fn initial_token(
    id: String,
    issuer: String,
    uses: i64,
    expires: i64,
) -> Result<InitialTokenRecord, StoreError> {
    Ok(InitialTokenRecord {
        id,
        issuer: IssuerId::from(issuer),
        uses: u32::try_from(uses).map_err(|_| StoreError::Corrupt("initial token"))?,
        expires: Timestamp::from_millis(expires),
    })
}

/// Holds the issuer's row until the change is committed: counting places on two nodes at once, both
/// would find the last one free.
async fn take_turn(batch: &mut Batch, issuer: &IssuerId) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO registrations (issuer, turn) VALUES ($1, 1) \
         ON CONFLICT (issuer) DO UPDATE SET turn = registrations.turn + 1",
        issuer.as_str()
    )
    .map(drop)
}

/// Uses the token once more, if there is room for a client and it still may be used.
async fn admit(
    batch: &mut Batch,
    issuer: &IssuerId,
    token: Vec<u8>,
    most: u32,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let used = execute!(
        &mut batch.tx,
        "UPDATE initial_tokens SET uses = uses - 1 \
         WHERE hash = $1 AND issuer = $2 AND uses > 0 AND expires > $3 AND \
         (SELECT COUNT(*) FROM clients WHERE issuer = $2 AND registered > 0) \
         < CAST($4 AS BIGINT)",
        token,
        issuer.as_str(),
        now.millis(),
        i64::from(most)
    )?;
    Ok(used == 1)
}

async fn refused(batch: &mut Batch, issuer: &IssuerId, most: u32) -> sqlx::Result<Registered> {
    let count = returning!(
        &mut batch.tx,
        (i64,),
        "SELECT COUNT(*) FROM clients WHERE issuer = $1 AND registered > 0",
        issuer.as_str()
    )?;
    let full = count
        .first()
        .is_some_and(|(count,)| *count >= i64::from(most));
    Ok(if full {
        Registered::Full
    } else {
        Registered::NotAdmitted
    })
}

async fn delete(batch: &mut Batch, id: &ClientId, now: Timestamp) -> sqlx::Result<bool> {
    let sql = "DELETE FROM clients WHERE id = $1";
    if execute!(&mut batch.tx, sql, id.as_str())? == 0 {
        return Ok(false);
    }
    let sql = "DELETE FROM consents WHERE client = $1";
    execute!(&mut batch.tx, sql, id.as_str())?;
    execute!(
        &mut batch.tx,
        "UPDATE grants SET revoked = $2 WHERE client = $1 AND revoked IS NULL",
        id.as_str(),
        now.millis()
    )?;
    batch.announce(EventKey::Client(id.clone()), now).await?;
    Ok(true)
}
