//! What people agreed to.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::{ClientId, IssuerId, ScopeSet, Timestamp, UserId};
use crate::model::Consent;

impl Store {
    /// A person's standing permission for a client, if given.
    pub async fn load_consent(
        &self,
        user: &UserId,
        issuer: &IssuerId,
        client: &ClientId,
    ) -> Result<Option<Consent>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, i64),
            "SELECT scopes, given FROM consents WHERE user_id = $1 AND issuer = $2 AND client = $3",
            user.as_str(),
            issuer.as_str(),
            client.as_str()
        )?;
        let Some((scopes, given)) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Consent {
            user: user.clone(),
            issuer: issuer.clone(),
            client: client.clone(),
            scopes: ScopeSet::parse(&scopes).map_err(|_| StoreError::Corrupt("consent"))?,
            given: Timestamp::from_millis(given),
        }))
    }

    /// What people allowed, newest first: of one person, to one client, or both.
    pub async fn list_consents(
        &self,
        user: Option<&UserId>,
        client: Option<&ClientId>,
    ) -> Result<Vec<Consent>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, String, String, String, i64),
            "SELECT user_id, issuer, client, scopes, given FROM consents \
             WHERE ($1 = '' OR user_id = $1) AND ($2 = '' OR client = $2) \
             ORDER BY given DESC, user_id, client",
            user.map_or("", UserId::as_str),
            client.map_or("", ClientId::as_str)
        )?;
        rows.into_iter()
            .map(|(user, issuer, client, scopes, given)| {
                Ok(Consent {
                    user: user.into(),
                    issuer: issuer.into(),
                    client: client.into(),
                    scopes: ScopeSet::parse(&scopes).map_err(|_| StoreError::Corrupt("consent"))?,
                    given: Timestamp::from_millis(given),
                })
            })
            .collect()
    }

    /// Writes a person's permission; replaces an earlier one.
    pub async fn put_consent(&self, consent: &Consent) -> Result<(), StoreError> {
        let consent = consent.clone();
        self.write(move |batch| {
            let consent = consent.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO consents (user_id, issuer, client, scopes, given) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, issuer, client) \
                     DO UPDATE SET scopes = excluded.scopes, given = excluded.given",
                    consent.user.as_str(),
                    consent.issuer.as_str(),
                    consent.client.as_str(),
                    consent.scopes.to_string(),
                    consent.given.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Takes a permission back, and revokes what was given under it.
    pub async fn withdraw_consent(
        &self,
        user: &UserId,
        issuer: &IssuerId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (user_id, issuer, client_id) = (user.clone(), issuer.clone(), client.clone());
        self.write(move |batch| {
            let (user, issuer, client) = (user_id.clone(), issuer.clone(), client_id.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "DELETE FROM consents WHERE user_id = $1 AND issuer = $2 AND client = $3",
                    user.as_str(),
                    issuer.as_str(),
                    client.as_str()
                )
                .map(drop)
            })
        })
        .await?;
        self.revoke_grants_of_client_user(client, user, now)
            .await
            .map(drop)
    }
}
