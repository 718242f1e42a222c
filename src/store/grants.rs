//! Grants: redeemed once, rotated generation by generation, revoked as a family.

mod rotation;

pub use rotation::{Rotated, Turn};

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
