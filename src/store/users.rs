//! People and their passwords.

use super::engine::{execute, read};
use super::rows::{PasswordRow, UserRow};
use super::{Store, StoreError};
use crate::base::UserId;
use crate::model::{EventKey, Login, PasswordCredential, User};

impl Store {
    /// Adds a user; `Conflict` when the user name or the address is somebody's.
    pub async fn insert_user(
        &self,
        user: &User,
        password: Option<&PasswordCredential>,
    ) -> Result<(), StoreError> {
        let (row, password) = (Columns::of(user)?, password.cloned());
        self.write(move |batch| {
            let (row, password) = (row.clone(), password.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO users (id, login, username, name, email, email_login, \
                     email_verified, user_groups, tenants, attributes, disabled, created, updated) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                    row.user.id.as_str(),
                    row.user.login.as_str(),
                    &row.user.username,
                    &row.user.name,
                    &row.user.email,
                    &row.email_login,
                    i64::from(row.user.email_verified),
                    &row.groups,
                    &row.tenants,
                    &row.attributes,
                    i64::from(row.user.disabled),
                    row.user.created.millis(),
                    row.user.updated.millis()
                )?;
                if let Some(password) = password {
                    put(batch, &password).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(named)
    }

    /// Writes a user's changed fields and announces the change; a user who becomes disabled loses
    /// every session and grant in the same transaction. `false` when there is no such user.
    pub async fn update_user(&self, user: &User) -> Result<bool, StoreError> {
        let (row, now) = (Columns::of(user)?, self.now());
        self.write(move |batch| {
            let row = row.clone();
            Box::pin(async move {
                let changed = execute!(
                    &mut batch.tx,
                    "UPDATE users SET login = $2, username = $3, name = $4, email = $5, \
                     email_login = $6, email_verified = $7, user_groups = $8, tenants = $9, \
                     attributes = $10, disabled = $11, updated = $12 WHERE id = $1",
                    row.user.id.as_str(),
                    row.user.login.as_str(),
                    &row.user.username,
                    &row.user.name,
                    &row.user.email,
                    &row.email_login,
                    i64::from(row.user.email_verified),
                    &row.groups,
                    &row.tenants,
                    &row.attributes,
                    i64::from(row.user.disabled),
                    now.millis()
                )?;
                if row.user.disabled {
                    super::sessions::end_all_of(batch, &row.user.id, now).await?;
                    super::grants::revoke_all_of_user(batch, &row.user.id, now).await?;
                }
                batch
                    .announce(EventKey::User(row.user.id.clone()), now)
                    .await?;
                Ok(changed > 0)
            })
        })
        .await
        .map_err(named)
    }

    /// A user, if there is one.
    pub async fn load_user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let rows = read!(
            self.engine(),
            UserRow,
            "SELECT * FROM users WHERE id = $1",
            id.as_str()
        )?;
        rows.into_iter().next().map(User::try_from).transpose()
    }

    /// The user with this user name or e-mail address; the user name wins.
    pub async fn find_user(&self, login: &Login) -> Result<Option<User>, StoreError> {
        let rows = read!(
            self.engine(),
            UserRow,
            "SELECT * FROM users WHERE login = $1 OR email_login = $1 \
             ORDER BY CASE WHEN login = $1 THEN 0 ELSE 1 END LIMIT 1",
            login.as_str()
        )?;
        rows.into_iter().next().map(User::try_from).transpose()
    }

    /// Users by login, after the given one.
    pub async fn list_users(
        &self,
        after: Option<&Login>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let rows = read!(
            self.engine(),
            UserRow,
            "SELECT * FROM users WHERE login > $1 ORDER BY login LIMIT $2",
            after.map_or("", Login::as_str),
            i64::from(limit)
        )?;
        rows.into_iter().map(User::try_from).collect()
    }

    /// A user's password, if one is set.
    pub async fn load_password(
        &self,
        user: &UserId,
    ) -> Result<Option<PasswordCredential>, StoreError> {
        let sql = "SELECT * FROM passwords WHERE user_id = $1";
        let rows = read!(self.engine(), PasswordRow, sql, user.as_str())?;
        Ok(rows.into_iter().next().map(Into::into))
    }

    /// Sets or replaces a user's password.
    pub async fn put_password(&self, password: &PasswordCredential) -> Result<(), StoreError> {
        let password = password.clone();
        self.write(move |batch| {
            let password = password.clone();
            Box::pin(async move { put(batch, &password).await })
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

async fn put(batch: &mut super::writer::Batch, password: &PasswordCredential) -> sqlx::Result<()> {
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

fn named(error: StoreError) -> StoreError {
    match error {
        StoreError::Conflict(_) => StoreError::Conflict("a user of that name or address"),
        other => other,
    }
}

/// A user's columns that are not plain fields.
#[derive(Clone)]
struct Columns {
    user: User,
    email_login: Option<String>,
    groups: String,
    tenants: String,
    attributes: String,
}

impl Columns {
    fn of(user: &User) -> Result<Self, StoreError> {
        let unwritable = |_| StoreError::Corrupt("user");
        let email_login = user.email.as_deref().and_then(Login::parse);
        Ok(Self {
            email_login: email_login.map(|login| login.as_str().to_owned()),
            groups: serde_json::to_string(&user.groups).map_err(unwritable)?,
            tenants: serde_json::to_string(&user.tenants).map_err(unwritable)?,
            attributes: serde_json::to_string(&user.attributes).map_err(unwritable)?,
            user: user.clone(),
        })
    }
}
