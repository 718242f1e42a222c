//! Session rows: the authority on who is signed in.

use super::engine::{execute, read, returning};
use super::rows::{SessionRow, amr_text};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::{SessionId, Timestamp, UserId};
use crate::model::{EventKey, Session};

/// Sessions that one person may have at once: more than anybody has browsers, and few enough that
/// ending them all is quick.
pub const MOST: i64 = 100;

impl Store {
    /// Adds a session, unless its user is disabled or their epoch is not `epoch` any more; `false`
    /// then. Of more than [`MOST`] of one person the ones unused for longest end.
    pub async fn insert_session(&self, session: &Session, epoch: i64) -> Result<bool, StoreError> {
        let session = session.clone();
        self.write(move |batch| {
            let session = session.clone();
            Box::pin(async move {
                if !super::users::holds(batch, &session.user, epoch).await? {
                    return Ok(false);
                }
                execute!(
                    &mut batch.tx,
                    "INSERT INTO sessions (id, user_id, tenant, auth_time, amr, user_agent, \
                     address, created, last_seen, ended) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    session.id.as_str(),
                    session.user.as_str(),
                    session.tenant.as_ref().map(|id| id.as_str().to_owned()),
                    session.auth_time.millis(),
                    amr_text(&session.amr),
                    &session.device.user_agent,
                    session.device.address.map(|address| address.to_string()),
                    session.created.millis(),
                    session.last_seen.millis(),
                    session.ended.map(Timestamp::millis)
                )?;
                end_beyond(batch, &session.user, session.created).await?;
                Ok(true)
            })
        })
        .await
    }

    /// A session's row, ended or not.
    pub async fn load_session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT * FROM sessions WHERE id = $1";
        let rows = read!(self.engine(), SessionRow, sql, id.as_str())?;
        Ok(rows.into_iter().next().map(Into::into))
    }

    /// A user's sessions that have not been ended, the latest first.
    pub async fn list_sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let rows = read!(
            self.engine(),
            SessionRow,
            "SELECT * FROM sessions WHERE user_id = $1 AND ended IS NULL ORDER BY last_seen DESC",
            user.as_str()
        )?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Moves a session's last sign of life forward, never back; `false` when it has ended. Queued at
    /// once: nobody has to wait for it.
    pub fn touch_session(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send + use<> {
        let id = id.clone();
        self.write_soon(move |batch| {
            let id = id.clone();
            Box::pin(async move { touch(batch, id.as_str(), now).await })
        })
    }

    /// Ends a session and every grant given in it; `false` when it had ended before.
    pub async fn end_session(&self, id: &SessionId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move { end(batch, &id, now).await })
        })
        .await
    }

    /// Ends every session of a user; the ones that had not ended before.
    pub async fn end_sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let user = user.clone();
        self.write(move |batch| {
            let user = user.clone();
            Box::pin(async move { end_all_of(batch, &user, now).await })
        })
        .await
    }

    /// Ends sessions that nobody was seen in since `idle`, or that began at `old` or before; at most
    /// `most`, and how many. Ends by themselves what nobody comes back to, so that clients hear of it.
    pub async fn end_expired(
        &self,
        idle: Timestamp,
        old: Timestamp,
        most: usize,
    ) -> Result<usize, StoreError> {
        let rows = read!(
            self.engine(),
            (String,),
            "SELECT id FROM sessions WHERE ended IS NULL AND (last_seen <= $1 OR created <= $2) \
             LIMIT $3",
            idle.millis(),
            old.millis(),
            i64::try_from(most).unwrap_or(i64::MAX)
        )?;
        let (ids, now): (Vec<SessionId>, _) = (
            rows.into_iter().map(|(id,)| id.into()).collect(),
            self.now(),
        );
        if ids.is_empty() {
            return Ok(0);
        }
        self.write(move |batch| {
            let ids = ids.clone();
            Box::pin(async move {
                let mut ended = 0;
                for id in &ids {
                    let sql = "UPDATE sessions SET ended = $2 WHERE id = $1 AND ended IS NULL \
                               AND (last_seen <= $3 OR created <= $4)";
                    let (idle, old) = (idle.millis(), old.millis());
                    if execute!(&mut batch.tx, sql, id.as_str(), now.millis(), idle, old)? == 1 {
                        conclude(batch, id, now).await?;
                        ended += 1;
                    }
                }
                Ok(ended)
            })
        })
        .await
    }
}

pub(super) async fn touch(batch: &mut Batch, id: &str, now: Timestamp) -> sqlx::Result<bool> {
    let alive = execute!(
        &mut batch.tx,
        "UPDATE sessions SET last_seen = CASE WHEN last_seen < $2 \
         THEN CAST($2 AS BIGINT) ELSE last_seen END WHERE id = $1 AND ended IS NULL",
        id,
        now.millis()
    )?;
    Ok(alive > 0)
}

/// Holds a session's row if it has not ended.
pub(super) async fn holds(batch: &mut Batch, id: &SessionId) -> sqlx::Result<bool> {
    let held = execute!(
        &mut batch.tx,
        "UPDATE sessions SET last_seen = last_seen WHERE id = $1 AND ended IS NULL",
        id.as_str()
    )?;
    Ok(held == 1)
}

pub(super) async fn end(batch: &mut Batch, id: &SessionId, now: Timestamp) -> sqlx::Result<bool> {
    let ended = execute!(
        &mut batch.tx,
        "UPDATE sessions SET ended = $2 WHERE id = $1 AND ended IS NULL",
        id.as_str(),
        now.millis()
    )?;
    if ended == 0 {
        return Ok(false);
    }
    conclude(batch, id, now).await?;
    Ok(true)
}

/// What the end of a session brings with it, however it came.
async fn conclude(batch: &mut Batch, id: &SessionId, now: Timestamp) -> sqlx::Result<()> {
    super::grants::revoke_all_of_session(batch, id, now).await?;
    super::logouts::queue(batch, id, now).await?;
    batch.announce(EventKey::Session(id.clone()), now).await
}

async fn end_beyond(batch: &mut Batch, user: &UserId, now: Timestamp) -> sqlx::Result<()> {
    let rows = returning!(
        &mut batch.tx,
        (String,),
        "SELECT id FROM sessions WHERE user_id = $1 AND ended IS NULL \
         ORDER BY last_seen DESC, created DESC, id LIMIT 1000000 OFFSET $2",
        user.as_str(),
        MOST
    )?;
    for (id,) in rows {
        end(batch, &id.into(), now).await?;
    }
    Ok(())
}

pub(super) async fn end_all_of(
    batch: &mut Batch,
    user: &UserId,
    now: Timestamp,
) -> sqlx::Result<Vec<SessionId>> {
    let rows = returning!(
        &mut batch.tx,
        (String,),
        "UPDATE sessions SET ended = $2 WHERE user_id = $1 AND ended IS NULL RETURNING id",
        user.as_str(),
        now.millis()
    )?;
    let ids: Vec<SessionId> = rows.into_iter().map(|(id,)| id.into()).collect();
    for id in &ids {
        conclude(batch, id, now).await?;
    }
    Ok(ids)
}
