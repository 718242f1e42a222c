//! One-time links by which a person sets a password.

use super::engine::{execute, read, returning};
use super::error::inside;
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::opaque::SignInLink;
use crate::base::{OpaqueHash, Timestamp, UserId};
use crate::model::{EventKey, FoundLink, PasswordCredential};

impl Store {
    /// Remembers a link for `user`; earlier links of the same user stop working.
    pub async fn insert_sign_in_link(
        &self,
        hash: &OpaqueHash<SignInLink>,
        user: &UserId,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let (hash, user) = (hash.as_bytes().to_vec(), user.clone());
        self.write(move |batch| {
            let (hash, user) = (hash.clone(), user.clone());
            Box::pin(async move { replace(batch, &user, (hash, false), expires).await })
        })
        .await
    }

    /// Remembers a link for somebody whose password was right and must be changed, unless they were
    /// disabled or their epoch grew meanwhile; `false` then.
    pub async fn insert_change_link(
        &self,
        hash: &OpaqueHash<SignInLink>,
        user: &UserId,
        epoch: i64,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        let (hash, user) = (hash.as_bytes().to_vec(), user.clone());
        self.write(move |batch| {
            let (hash, user) = (hash.clone(), user.clone());
            Box::pin(async move {
                let holds = super::users::holds(batch, &user, epoch).await?;
                if holds {
                    replace(batch, &user, (hash, true), expires).await?;
                }
                Ok(holds)
            })
        })
        .await
    }

    /// Takes a user's password away, ends every session and grant, and remembers a link by which
    /// they choose a new one, all at once.
    pub async fn reset_password(
        &self,
        user: &UserId,
        hash: &OpaqueHash<SignInLink>,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let (hash, user, now) = (hash.as_bytes().to_vec(), user.clone(), self.now());
        self.write(move |batch| {
            let (hash, user) = (hash.clone(), user.clone());
            Box::pin(async move {
                super::users::renew_epoch(batch, &user).await?;
                let sql = "DELETE FROM passwords WHERE user_id = $1";
                execute!(&mut batch.tx, sql, user.as_str())?;
                super::sessions::end_all_of(batch, &user, now).await?;
                super::grants::revoke_all_of_user(batch, &user, now).await?;
                replace(batch, &user, (hash, false), expires).await?;
                batch.announce(EventKey::User(user), now).await
            })
        })
        .await
    }

    /// Whose link it is and how they came by it, if it would work now. Does not use it up.
    pub async fn find_sign_in_link(
        &self,
        hash: &OpaqueHash<SignInLink>,
        now: Timestamp,
    ) -> Result<Option<FoundLink>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, i64),
            "SELECT user_id, proven FROM sign_in_links WHERE hash = $1 AND used IS NULL AND expires > $2",
            hash.as_bytes().to_vec(),
            now.millis()
        )?;
        Ok(rows.into_iter().next().map(|(user, proven)| FoundLink {
            user: user.into(),
            proven: proven != 0,
        }))
    }

    /// Uses a link up, exactly once, to set its owner's password. In the same change everything
    /// that was reached with the old one ends: sessions, and grants that outlive sessions. Whose it
    /// was; `None` when the link does not work any more.
    pub async fn choose_password(
        &self,
        hash: &OpaqueHash<SignInLink>,
        phc: String,
        now: Timestamp,
    ) -> Result<Option<(UserId, i64)>, StoreError> {
        let hash = hash.as_bytes().to_vec();
        let chosen = self.write(move |batch| {
            let (hash, phc) = (hash.clone(), phc.clone());
            Box::pin(async move {
                let rows = returning!(
                    &mut batch.tx,
                    (String,),
                    "UPDATE sign_in_links SET used = $2 \
                     WHERE hash = $1 AND used IS NULL AND expires > $2 RETURNING user_id",
                    hash,
                    now.millis()
                )?;
                let Some(user) = rows.into_iter().next().map(|(user,)| UserId::from(user)) else {
                    return Ok(None);
                };
                let epoch = super::users::renew_epoch(batch, &user).await?;
                // Taken back as a whole: the link is not used up by somebody who may not come in.
                let epoch =
                    epoch.ok_or_else(|| inside(StoreError::Conflict("a disabled person")))?;
                if !super::users::holds(batch, &user, epoch).await? {
                    return Err(inside(StoreError::Conflict("a disabled person")));
                }
                let credential = PasswordCredential {
                    user: user.clone(),
                    phc,
                    changed: now,
                    must_change: false,
                };
                super::passwords::put(batch, &credential).await?;
                super::sessions::end_all_of(batch, &user, now).await?;
                super::grants::revoke_all_of_user(batch, &user, now).await?;
                batch.announce(EventKey::User(user.clone()), now).await?;
                Ok(Some((user, epoch)))
            })
        });
        match chosen.await {
            Err(StoreError::Conflict(_)) => Ok(None),
            chosen => chosen,
        }
    }
}

async fn replace(
    batch: &mut Batch,
    user: &UserId,
    (hash, proven): (Vec<u8>, bool),
    expires: Timestamp,
) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO sign_in_links (user_id, hash, expires, used, proven) \
         VALUES ($1, $2, $3, NULL, $4) \
         ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, expires = excluded.expires, \
         used = NULL, proven = excluded.proven",
        user.as_str(),
        hash,
        expires.millis(),
        i64::from(proven)
    )
    .map(drop)
}
