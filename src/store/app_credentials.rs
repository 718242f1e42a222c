//! What people sign in to apps with; sealed before it gets here.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::{RouteId, Timestamp, UserId};
use crate::model::EventKey;

impl Store {
    /// Keeps what `user` signs in to the app of `route` with, in place of what was kept before.
    pub async fn put_app_credential(
        &self,
        user: &UserId,
        route: &RouteId,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        let (user, route, now) = (user.clone(), route.clone(), self.now());
        self.write(move |batch| {
            let (user, route, sealed) = (user.clone(), route.clone(), sealed.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO app_credentials (user_id, route, sealed, changed) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, route) \
                     DO UPDATE SET sealed = excluded.sealed, changed = excluded.changed",
                    user.as_str(),
                    route.as_str(),
                    sealed,
                    now.millis()
                )?;
                batch.announce(EventKey::Credentials(user), now).await
            })
        })
        .await
    }

    /// Forgets it; `false` when there was nothing.
    pub async fn remove_app_credential(
        &self,
        user: &UserId,
        route: &RouteId,
    ) -> Result<bool, StoreError> {
        let (user, route, now) = (user.clone(), route.clone(), self.now());
        self.write(move |batch| {
            let (user, route) = (user.clone(), route.clone());
            Box::pin(async move {
                let gone = execute!(
                    &mut batch.tx,
                    "DELETE FROM app_credentials WHERE user_id = $1 AND route = $2",
                    user.as_str(),
                    route.as_str()
                )?;
                if gone == 0 {
                    return Ok(false);
                }
                batch.announce(EventKey::Credentials(user), now).await?;
                Ok(true)
            })
        })
        .await
    }

    /// What is kept, sealed.
    pub async fn load_app_credential(
        &self,
        user: &UserId,
        route: &RouteId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = read!(
            self.engine(),
            (Vec<u8>,),
            "SELECT sealed FROM app_credentials WHERE user_id = $1 AND route = $2",
            user.as_str(),
            route.as_str()
        )?;
        Ok(rows.into_iter().next().map(|(sealed,)| sealed))
    }

    /// For which routes something of `user`'s is kept, and since when.
    pub async fn list_app_credentials(
        &self,
        user: &UserId,
    ) -> Result<Vec<(RouteId, Timestamp)>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, i64),
            "SELECT route, changed FROM app_credentials WHERE user_id = $1 ORDER BY route",
            user.as_str()
        )?;
        let kept = rows.into_iter();
        Ok(kept
            .map(|(route, changed)| (route.into(), Timestamp::from_millis(changed)))
            .collect())
    }
}
