//! Passwords: one for each person, as a hash.

use super::engine::{execute, read};
use super::rows::PasswordRow;
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::UserId;
use crate::model::PasswordCredential;

impl Store {
    /// A user's password, if one is set.
    pub async fn load_password(
        &self,
        user: &UserId,
    ) -> Result<Option<PasswordCredential>, StoreError> {
        let sql = "SELECT * FROM passwords WHERE user_id = $1";
        let rows = read!(self.engine(), PasswordRow, sql, user.as_str())?;
        Ok(rows.into_iter().next().map(Into::into))
    }

    /// Sets or replaces a user's password. Sign-ins under way with an earlier one come to nothing.
    pub async fn put_password(&self, password: &PasswordCredential) -> Result<(), StoreError> {
        let password = password.clone();
        self.write(move |batch| {
            let password = password.clone();
            Box::pin(async move {
                super::users::renew_epoch(batch, &password.user).await?;
                put(batch, &password).await
            })
        })
        .await
    }

    /// Replaces a hash by a stronger one of the same password; does nothing when the password was
    /// changed meanwhile.
    pub async fn rehash_password(
        &self,
        old: &PasswordCredential,
        phc: String,
    ) -> Result<(), StoreError> {
        let old = old.clone();
        self.write(move |batch| {
            let (old, phc) = (old.clone(), phc.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE passwords SET phc = $3 WHERE user_id = $1 AND phc = $2",
                    old.user.as_str(),
                    &old.phc,
                    phc
                )
                .map(drop)
            })
        })
        .await
    }
}

pub(super) async fn put(batch: &mut Batch, password: &PasswordCredential) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO passwords (user_id, phc, changed, must_change) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed = excluded.changed, \
         must_change = excluded.must_change",
        password.user.as_str(),
        &password.phc,
        password.changed.millis(),
        i64::from(password.must_change)
    )
    .map(drop)
}
