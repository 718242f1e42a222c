//! Grants: redeemed once, rotated generation by generation, revoked as a family.

use std::time::Duration;

use super::engine::{execute, read, returning};
use super::rows::{GrantRow, amr_text, extent_text};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::{GrantId, SessionId, TenantId, Timestamp, TokenId, UserId};
use crate::model::{Consent, EventKey, Grant};

/// What redeeming an authorization code did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was the first time.
    First,
    /// The code was used before.
    Again,
    /// The session it was given in has ended.
    Over,
}

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
    /// Makes the grant of a code that was given in `session`, and notes that this opened the client,
    /// so that the client is told when it ends. The grant's row is the memory that the code was
    /// used, so the second time is `Again`, for as long as the row is kept.
    ///
    /// The session must not have ended, even for a grant that will outlive it: its row is held until
    /// the grant is there, so that whatever ends both finds both.
    pub async fn redeem_grant(
        &self,
        grant: &Grant,
        session: &SessionId,
    ) -> Result<Redeemed, StoreError> {
        let (grant, session) = (grant.clone(), session.clone());
        self.write(move |batch| {
            let (grant, session) = (grant.clone(), session.clone());
            Box::pin(async move {
                if !super::sessions::holds(batch, &session).await? {
                    let sql = "SELECT id FROM grants WHERE id = $1";
                    let made = returning!(&mut batch.tx, (String,), sql, grant.id.as_str())?;
                    return Ok(if made.is_empty() {
                        Redeemed::Over
                    } else {
                        Redeemed::Again
                    });
                }
                let made = execute!(
                    &mut batch.tx,
                    "INSERT INTO grants (id, issuer, client, user_id, session_id, tenant, scopes, \
                     extent, auth_time, amr, created, expires, generation, rotated, revoked) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL) \
                     ON CONFLICT (id) DO NOTHING",
                    grant.id.as_str(),
                    grant.issuer.as_str(),
                    grant.client.as_str(),
                    grant.user.as_str(),
                    grant.session.as_ref().map(|id| id.as_str().to_owned()),
                    grant.tenant.as_ref().map(|id| id.as_str().to_owned()),
                    grant.scopes.to_string(),
                    extent_text(&grant.extent),
                    grant.auth_time.millis(),
                    amr_text(&grant.amr),
                    grant.created.millis(),
                    grant.expires.millis(),
                    i64::from(grant.generation)
                )?;
                if made == 0 {
                    return Ok(Redeemed::Again);
                }
                super::opened::client_of(
                    batch,
                    &session,
                    (&grant.issuer, &grant.client),
                    grant.created,
                )
                .await?;
                Ok(Redeemed::First)
            })
        })
        .await
    }

    /// A grant, revoked or not.
    pub async fn load_grant(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let rows = read!(
            self.engine(),
            GrantRow,
            "SELECT * FROM grants WHERE id = $1",
            id.as_str()
        )?;
        rows.into_iter().next().map(Grant::try_from).transpose()
    }

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

    /// Revokes a grant: its refresh tokens and access tokens. `false` when it was revoked before.
    pub async fn revoke_grant(&self, id: &GrantId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move { revoke(batch, &id, now).await })
        })
        .await
    }

    /// Revokes one access token. Nothing is stored but the event: it is kept for as long as anything
    /// that was issued before it could be believed.
    pub async fn revoke_token(&self, id: &TokenId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |batch| {
            let key = EventKey::Token(id.clone());
            Box::pin(async move { batch.announce(key, now).await })
        })
        .await
    }
}

async fn rotate(
    batch: &mut Batch,
    id: &GrantId,
    turn: Turn,
) -> sqlx::Result<(fn(Grant) -> Rotated, Option<GrantRow>)> {
    let (from, now) = (i64::from(turn.from), turn.now.millis());
    let next = returning!(
        &mut batch.tx,
        GrantRow,
        "UPDATE grants SET generation = generation + $7, expires = $4, \
         rotated = CASE WHEN $7 = 1 THEN $3 ELSE rotated END \
         WHERE id = $1 AND generation = $2 AND revoked IS NULL AND expires > $3 \
         AND (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = grants.session_id \
         AND ended IS NULL AND last_seen > $5 AND created > $6)) RETURNING *",
        id.as_str(),
        from,
        now,
        turn.expires.millis(),
        turn.seen_after.millis(),
        turn.begun_after.millis(),
        i64::from(turn.rotates)
    )?;
    if let Some(row) = next.into_iter().next() {
        if let Some(session) = row.session() {
            super::sessions::touch(batch, session, turn.now).await?;
        }
        return Ok((Rotated::Next, Some(row)));
    }
    let again = returning!(
        &mut batch.tx,
        GrantRow,
        "SELECT * FROM grants WHERE id = $1 AND generation = $2 AND revoked IS NULL \
         AND expires > $3 AND rotated >= $4 AND $7 = 1 \
         AND (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = grants.session_id \
         AND ended IS NULL AND last_seen > $5 AND created > $6))",
        id.as_str(),
        from + 1,
        now,
        turn.now.minus(turn.grace).millis(),
        turn.seen_after.millis(),
        turn.begun_after.millis(),
        i64::from(turn.rotates)
    )?;
    if let Some(row) = again.into_iter().next() {
        return Ok((Rotated::Grace, Some(row)));
    }
    let reused = returning!(
        &mut batch.tx,
        GrantRow,
        "UPDATE grants SET revoked = $3 WHERE id = $1 AND generation > $2 AND revoked IS NULL \
         RETURNING *",
        id.as_str(),
        from,
        now
    )?;
    let reused = reused.into_iter().next();
    if reused.is_some() {
        batch
            .announce(EventKey::Grant(id.clone()), turn.now)
            .await?;
    }
    Ok((Rotated::Reused, reused))
}

async fn revoke(batch: &mut Batch, id: &GrantId, now: Timestamp) -> sqlx::Result<bool> {
    let revoked = execute!(
        &mut batch.tx,
        "UPDATE grants SET revoked = $2 WHERE id = $1 AND revoked IS NULL",
        id.as_str(),
        now.millis()
    )?;
    if revoked > 0 {
        batch.announce(EventKey::Grant(id.clone()), now).await?;
    }
    Ok(revoked > 0)
}

pub(super) async fn revoke_all_of_session(
    batch: &mut Batch,
    session: &SessionId,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let sql = "UPDATE grants SET revoked = $2 WHERE session_id = $1 AND revoked IS NULL \
               RETURNING id";
    revoke_by(batch, sql, session.as_str(), now).await
}

pub(super) async fn revoke_all_of_user(
    batch: &mut Batch,
    user: &UserId,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let sql = "UPDATE grants SET revoked = $2 WHERE user_id = $1 AND revoked IS NULL RETURNING id";
    revoke_by(batch, sql, user.as_str(), now).await
}

async fn revoke_by(
    batch: &mut Batch,
    sql: &'static str,
    whose: &str,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let rows = returning!(&mut batch.tx, (String,), sql, whose, now.millis())?;
    announce(batch, rows, now).await
}

/// Revokes what a client was given under a permission that was taken back.
pub(super) async fn revoke_of_consent(
    batch: &mut Batch,
    consent: &Consent,
    now: Timestamp,
) -> sqlx::Result<()> {
    let rows = returning!(
        &mut batch.tx,
        (String,),
        "UPDATE grants SET revoked = $5 WHERE user_id = $1 AND issuer = $2 AND client = $3 \
         AND COALESCE(tenant, '') = $4 AND revoked IS NULL RETURNING id",
        consent.user.as_str(),
        consent.issuer.as_str(),
        consent.client.as_str(),
        consent.tenant.as_ref().map_or("", TenantId::as_str),
        now.millis()
    )?;
    announce(batch, rows, now).await.map(drop)
}

async fn announce(batch: &mut Batch, rows: Vec<(String,)>, now: Timestamp) -> sqlx::Result<u64> {
    let mut count = 0;
    for (id,) in rows {
        batch.announce(EventKey::Grant(id.into()), now).await?;
        count += 1;
    }
    Ok(count)
}
