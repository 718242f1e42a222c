//! People.

use std::sync::Arc;

use super::engine::{execute, read, returning};
use super::error::inside;
use super::rows::UserRow;
use super::writer::Batch;
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
                insert(batch, &row).await?;
                claim_logins(batch, &row.user).await?;
                match password {
                    Some(password) => super::passwords::put(batch, &password).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Writes a user's changed fields and announces the change; a user who becomes disabled loses
    /// every session and grant in the same transaction. `false` when there is no such user.
    pub async fn update_user(&self, user: &User) -> Result<bool, StoreError> {
        let user = user.clone();
        let id = user.id.clone();
        let changed = self.change_user(&id, move |stored| *stored = user.clone());
        Ok(changed.await?.is_some())
    }

    /// Changes a user as one step, whoever else changes them meanwhile, and announces it as
    /// [`Self::update_user`] does; the user afterwards, or `None` when there is none.
    pub async fn change_user(
        &self,
        id: &UserId,
        change: impl Fn(&mut User) + Send + Sync + 'static,
    ) -> Result<Option<User>, StoreError> {
        let (id, now, change) = (id.clone(), self.now(), Arc::new(change));
        self.write(move |batch| {
            let (id, change) = (id.clone(), change.clone());
            Box::pin(async move {
                let Some(before) = hold(batch, &id).await? else {
                    return Ok(None);
                };
                let mut user = before.clone();
                change(&mut user);
                user.epoch = before.epoch;
                if user == before {
                    return Ok(Some(user));
                }
                user.updated = now;
                let row = Columns::of(&user).map_err(inside)?;
                update(batch, &row).await?;
                claim_logins(batch, &user).await?;
                if user.disabled {
                    let sql = "DELETE FROM sign_in_links WHERE user_id = $1";
                    execute!(&mut batch.tx, sql, id.as_str())?;
                    user.epoch = renew_epoch(batch, &id).await?.unwrap_or(before.epoch);
                    super::sessions::end_all_of(batch, &id, now).await?;
                    super::grants::revoke_all_of_user(batch, &id, now).await?;
                    super::standing::end_all_of(batch, &id, now).await?;
                }
                batch.announce(EventKey::User(id), now).await?;
                Ok(Some(user))
            })
        })
        .await
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

    /// The user with this user name or e-mail address.
    pub async fn find_user(&self, login: &Login) -> Result<Option<User>, StoreError> {
        let rows = read!(
            self.engine(),
            UserRow,
            "SELECT users.* FROM logins JOIN users ON users.id = logins.user_id \
             WHERE logins.login = $1",
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
}

/// Reads a user whom nobody else changes until the transaction ends, on either engine.
async fn hold(batch: &mut Batch, id: &UserId) -> sqlx::Result<Option<User>> {
    let rows = returning!(
        &mut batch.tx,
        UserRow,
        "UPDATE users SET updated = updated WHERE id = $1 RETURNING *",
        id.as_str()
    )?;
    let user = rows.into_iter().next().map(User::try_from);
    user.transpose().map_err(inside)
}

/// Whatever was checked of this user before is worth nothing from here on. Goes before everything
/// else that a change does to them: it holds their row until the transaction ends, so that a session
/// is started either before it, and is ended with the others, or not at all.
pub(super) async fn renew_epoch(batch: &mut Batch, id: &UserId) -> sqlx::Result<Option<i64>> {
    let rows = returning!(
        &mut batch.tx,
        (i64,),
        "UPDATE users SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch",
        id.as_str()
    )?;
    Ok(rows.first().map(|(epoch,)| *epoch))
}

/// Holds the user's row if they may sign in and nothing has changed since `epoch`.
pub(super) async fn holds(batch: &mut Batch, id: &UserId, epoch: i64) -> sqlx::Result<bool> {
    let held = execute!(
        &mut batch.tx,
        "UPDATE users SET epoch = epoch WHERE id = $1 AND epoch = $2 AND disabled = 0",
        id.as_str(),
        epoch
    )?;
    Ok(held == 1)
}

async fn insert(batch: &mut Batch, row: &Columns) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO users (id, login, username, name, email, email_verified, user_groups, \
         tenants, attributes, disabled, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        row.user.id.as_str(),
        row.user.login.as_str(),
        &row.user.username,
        &row.user.name,
        &row.user.email,
        i64::from(row.user.email_verified),
        &row.groups,
        &row.tenants,
        &row.attributes,
        i64::from(row.user.disabled),
        row.user.created.millis(),
        row.user.updated.millis()
    )
    .map(drop)
}

async fn update(batch: &mut Batch, row: &Columns) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "UPDATE users SET login = $2, username = $3, name = $4, email = $5, \
         email_verified = $6, user_groups = $7, tenants = $8, attributes = $9, disabled = $10, \
         updated = $11 WHERE id = $1",
        row.user.id.as_str(),
        row.user.login.as_str(),
        &row.user.username,
        &row.user.name,
        &row.user.email,
        i64::from(row.user.email_verified),
        &row.groups,
        &row.tenants,
        &row.attributes,
        i64::from(row.user.disabled),
        row.user.updated.millis()
    )
    .map(drop)
}

/// Makes the user's name and address lead to them and to nobody else; an error takes the whole
/// change back when one of them is somebody's.
async fn claim_logins(batch: &mut Batch, user: &User) -> sqlx::Result<()> {
    let email = user.email.as_deref().and_then(Login::parse);
    let email = email.as_ref().unwrap_or(&user.login);
    execute!(
        &mut batch.tx,
        "DELETE FROM logins WHERE user_id = $1 AND login <> $2 AND login <> $3",
        user.id.as_str(),
        user.login.as_str(),
        email.as_str()
    )?;
    let claims = [
        (&user.login, "a user of that name"),
        (email, "a user of that e-mail address"),
    ];
    for (login, taken) in claims {
        let claimed = execute!(
            &mut batch.tx,
            "INSERT INTO logins (login, user_id) VALUES ($1, $2) \
             ON CONFLICT (login) DO UPDATE SET user_id = excluded.user_id \
             WHERE logins.user_id = excluded.user_id",
            login.as_str(),
            user.id.as_str()
        )?;
        if claimed == 0 {
            return Err(inside(StoreError::Conflict(taken)));
        }
    }
    Ok(())
}

/// A user's columns that are not plain fields.
#[derive(Clone)]
struct Columns {
    user: User,
    groups: String,
    tenants: String,
    attributes: String,
}

impl Columns {
    fn of(user: &User) -> Result<Self, StoreError> {
        let unwritable = |_| StoreError::Corrupt("user");
        Ok(Self {
            groups: serde_json::to_string(&user.groups).map_err(unwritable)?,
            tenants: serde_json::to_string(&user.tenants).map_err(unwritable)?,
            attributes: serde_json::to_string(&user.attributes).map_err(unwritable)?,
            user: user.clone(),
        })
    }
}
