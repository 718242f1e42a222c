//! Rotation: what a grant answers to each of its refresh tokens.

use std::time::Duration;

use crate::base::{GrantId, Timestamp};
use crate::model::{EventKey, Grant};
use crate::store::engine::returning;
use crate::store::rows::GrantRow;
use crate::store::writer::Batch;
use crate::store::{Store, StoreError};

/// What presenting a refresh token did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The grant moved on to the next generation.
    Next(Grant),
    /// The previous token, so soon after its rotation that it gets the same answer again.
    Grace(Grant),
    /// An old token: somebody else has the other copy. The grant is revoked.
    Reused(Grant),
    /// No such grant, or it is over.
    Gone,
}

/// What a refresh token asks for, and what must hold.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The generation presented.
    pub from: u32,
    /// Whether a new refresh token takes the place of the presented one. Without that nothing is
    /// rotated, and a generation before has no grace.
    pub rotates: bool,
    /// How long the generation before is answered again.
    pub grace: Duration,
    /// Now.
    pub now: Timestamp,
    /// When the next refresh token ends if it is not used.
    pub expires: Timestamp,
    /// A grant that belongs to a session is over when that was last seen at this time or before.
    pub seen_after: Timestamp,
    /// The same for when the session began.
    pub begun_after: Timestamp,
}

impl Store {
    /// Moves a grant from the generation presented to the next, once. The generation before, within
    /// the grace of its rotation, is answered again; any older one revokes the grant. A grant that
    /// belongs to a session moves only while that is alive, and is a sign of its life.
    pub async fn rotate_grant(&self, id: &GrantId, turn: Turn) -> Result<Rotated, StoreError> {
        let id = id.clone();
        let (outcome, row) = self
            .write(move |batch| {
                let id = id.clone();
                Box::pin(async move { rotate(batch, &id, turn).await })
            })
            .await?;
        let Some(grant) = row.map(Grant::try_from).transpose()? else {
            return Ok(Rotated::Gone);
        };
        Ok(outcome(grant))
    }
}

async fn rotate(
    batch: &mut Batch,
    id: &GrantId,
    turn: Turn,
) -> sqlx::Result<(fn(Grant) -> Rotated, Option<GrantRow>)> {
    if let Some(row) = advance(batch, id, turn).await? {
        if let Some(session) = row.session() {
            crate::store::sessions::touch(batch, session, turn.now).await?;
        }
        return Ok((Rotated::Next, Some(row)));
    }
    if let Some(row) = within_grace(batch, id, turn).await? {
        return Ok((Rotated::Grace, Some(row)));
    }
    Ok((Rotated::Reused, revoke_reused(batch, id, turn).await?))
}

/// From the generation presented to the next: one of all that present it at once.
async fn advance(batch: &mut Batch, id: &GrantId, turn: Turn) -> sqlx::Result<Option<GrantRow>> {
    let next = returning!(
        &mut batch.tx,
        GrantRow,
        "UPDATE grants SET generation = generation + $7, expires = $4, \
         rotated = CASE WHEN $7 = 1 THEN $3 ELSE rotated END \
         WHERE id = $1 AND generation = $2 AND revoked IS NULL AND expires > $3 \
         AND (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = grants.session_id \
         AND ended IS NULL AND last_seen > $5 AND created > $6)) RETURNING *",
        id.as_str(),
        i64::from(turn.from),
        turn.now.millis(),
        turn.expires.millis(),
        turn.seen_after.millis(),
        turn.begun_after.millis(),
        i64::from(turn.rotates)
    )?;
    Ok(next.into_iter().next())
}

/// The grant whose generation before was presented, so soon that its client may have missed the
/// answer.
async fn within_grace(
    batch: &mut Batch,
    id: &GrantId,
    turn: Turn,
) -> sqlx::Result<Option<GrantRow>> {
    let again = returning!(
        &mut batch.tx,
        GrantRow,
        "SELECT * FROM grants WHERE id = $1 AND generation = $2 AND revoked IS NULL \
         AND expires > $3 AND rotated >= $4 AND $7 = 1 \
         AND (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = grants.session_id \
         AND ended IS NULL AND last_seen > $5 AND created > $6))",
        id.as_str(),
        i64::from(turn.from) + 1,
        turn.now.millis(),
        turn.now.minus(turn.grace).millis(),
        turn.seen_after.millis(),
        turn.begun_after.millis(),
        i64::from(turn.rotates)
    )?;
    Ok(again.into_iter().next())
}

/// Revokes the grant of which an older generation was presented: somebody else has the other copy.
async fn revoke_reused(
    batch: &mut Batch,
    id: &GrantId,
    turn: Turn,
) -> sqlx::Result<Option<GrantRow>> {
    let reused = returning!(
        &mut batch.tx,
        GrantRow,
        "UPDATE grants SET revoked = $3 WHERE id = $1 AND generation > $2 AND revoked IS NULL \
         RETURNING *",
        id.as_str(),
        i64::from(turn.from),
        turn.now.millis()
    )?;
    let reused = reused.into_iter().next();
    if reused.is_some() {
        batch
            .announce(EventKey::Grant(id.clone()), turn.now)
            .await?;
    }
    Ok(reused)
}
