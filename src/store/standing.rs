//! Standing tokens: those of people and of services, by their hashes.

use super::engine::{execute, read, returning};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::{RouteId, ScopeSet, Timestamp, TokenId, UserId};
use crate::model::{EventKey, Holder, StandingHash, StandingToken};

/// A row, but for its hash.
type Row = (
    String,
    Option<String>,
    String,
    String,
    String,
    i64,
    i64,
    Option<i64>,
);

impl Store {
    /// Makes a token known. `false` when its person is not there, or disabled.
    pub async fn insert_standing_token(
        &self,
        token: &StandingToken,
        hash: StandingHash,
    ) -> Result<bool, StoreError> {
        let routes = serde_json::to_string(&token.routes);
        let routes = routes.map_err(|_| StoreError::Corrupt("standing token"))?;
        let token = token.clone();
        let added = self.write(move |batch| {
            let (token, routes) = (token.clone(), routes.clone());
            Box::pin(async move {
                let user = token.user().map(|user| user.as_str().to_owned());
                execute!(
                    &mut batch.tx,
                    "INSERT INTO standing_tokens \
                     (id, hash, user_id, name, scopes, routes, created, expires) \
                     SELECT $1, $2, CAST($3 AS TEXT), $4, $5, $6, CAST($7 AS BIGINT), \
                     CAST($8 AS BIGINT) WHERE CAST($3 AS TEXT) IS NULL OR EXISTS \
                     (SELECT 1 FROM users WHERE id = CAST($3 AS TEXT) AND disabled = 0)",
                    token.id.as_str(),
                    hash.as_bytes().to_vec(),
                    user,
                    token.name,
                    token.scopes.to_string(),
                    routes,
                    token.created.millis(),
                    token.expires.millis()
                )
            })
        });
        Ok(added.await? == 1)
    }

    /// The token of this hash, expired or not.
    pub async fn load_standing_token(
        &self,
        hash: StandingHash,
    ) -> Result<Option<StandingToken>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT id, user_id, name, scopes, routes, created, expires, used \
             FROM standing_tokens WHERE hash = $1",
            hash.as_bytes().to_vec()
        )?;
        rows.into_iter().next().map(token).transpose()
    }

    /// Every token of `user`, or all there are; the newest first.
    pub async fn list_standing_tokens(
        &self,
        user: Option<&UserId>,
    ) -> Result<Vec<StandingToken>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT id, user_id, name, scopes, routes, created, expires, used \
             FROM standing_tokens WHERE CAST($1 AS TEXT) IS NULL OR user_id = CAST($1 AS TEXT) \
             ORDER BY created DESC, id",
            user.map(UserId::as_str)
        )?;
        rows.into_iter().map(token).collect()
    }

    /// Forgets a token, at once and on every node; whose it was, or `None` when there is none of
    /// that id.
    pub async fn revoke_standing_token(&self, id: &TokenId) -> Result<Option<Holder>, StoreError> {
        let (id, now) = (id.clone(), self.now());
        self.write(move |batch| {
            let id = id.clone();
            Box::pin(async move {
                let gone = returning!(
                    &mut batch.tx,
                    (Option<String>,),
                    "DELETE FROM standing_tokens WHERE id = $1 RETURNING user_id",
                    id.as_str()
                )?;
                let Some((user,)) = gone.into_iter().next() else {
                    return Ok(None);
                };
                batch.announce(EventKey::Token(id), now).await?;
                Ok(Some(holder(user)))
            })
        })
        .await
    }

    /// Notes when tokens were last seen; an earlier time than is known changes nothing.
    pub async fn note_standing_uses(
        &self,
        uses: Vec<(TokenId, Timestamp)>,
    ) -> Result<(), StoreError> {
        self.write(move |batch| {
            let uses = uses.clone();
            Box::pin(async move {
                for (id, at) in uses {
                    execute!(
                        &mut batch.tx,
                        "UPDATE standing_tokens SET used = $2 \
                         WHERE id = $1 AND (used IS NULL OR used < $2)",
                        id.as_str(),
                        at.millis()
                    )?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Forgets every token of somebody who may not come any more.
pub(super) async fn end_all_of(
    batch: &mut Batch,
    user: &UserId,
    now: Timestamp,
) -> sqlx::Result<()> {
    let gone = returning!(
        &mut batch.tx,
        (String,),
        "DELETE FROM standing_tokens WHERE user_id = $1 RETURNING id",
        user.as_str()
    )?;
    for (id,) in gone {
        batch.announce(EventKey::Token(id.into()), now).await?;
    }
    Ok(())
}

fn token(row: Row) -> Result<StandingToken, StoreError> {
    let (id, user, name, scopes, routes, created, expires, last) = row;
    let corrupt = || StoreError::Corrupt("standing token");
    let routes: Vec<RouteId> = serde_json::from_str(&routes).map_err(|_| corrupt())?;
    Ok(StandingToken {
        id: id.into(),
        holder: holder(user),
        name,
        scopes: ScopeSet::parse(&scopes).map_err(|_| corrupt())?,
        routes,
        created: Timestamp::from_millis(created),
        expires: Timestamp::from_millis(expires),
        used: last.map(Timestamp::from_millis),
    })
}

fn holder(user: Option<String>) -> Holder {
    user.map_or(Holder::Service, |user| Holder::Person(user.into()))
}
