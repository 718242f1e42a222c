//! What people agreed to, in which tenant.

use super::engine::{execute, read};
use super::{Store, StoreError, grants};
use crate::base::{ClientId, IssuerId, ScopeSet, TenantId, Timestamp, UserId};
use crate::model::Consent;

type Row = (String, String, String, String, String, i64);

/// How a tenant is written in its column; a name is never empty.
fn column(tenant: Option<&TenantId>) -> &str {
    tenant.map_or("", TenantId::as_str)
}

fn consent((user, issuer, client, tenant, scopes, given): Row) -> Result<Consent, StoreError> {
    Ok(Consent {
        user: user.into(),
        issuer: issuer.into(),
        client: client.into(),
        tenant: (!tenant.is_empty()).then(|| tenant.into()),
        scopes: ScopeSet::parse(&scopes).map_err(|_| StoreError::Corrupt("consent"))?,
        given: Timestamp::from_millis(given),
    })
}

impl Store {
    /// A person's standing permission for a client in a tenant, if given.
    pub async fn load_consent(
        &self,
        user: &UserId,
        (issuer, client): (&IssuerId, &ClientId),
        tenant: Option<&TenantId>,
    ) -> Result<Option<Consent>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT user_id, issuer, client, tenant, scopes, given FROM consents \
             WHERE user_id = $1 AND issuer = $2 AND client = $3 AND tenant = $4",
            user.as_str(),
            issuer.as_str(),
            client.as_str(),
            column(tenant)
        )?;
        rows.into_iter().next().map(consent).transpose()
    }

    /// What people allowed, newest first: of one person, to one client, or both.
    pub async fn list_consents(
        &self,
        user: Option<&UserId>,
        client: Option<&ClientId>,
    ) -> Result<Vec<Consent>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT user_id, issuer, client, tenant, scopes, given FROM consents \
             WHERE ($1 = '' OR user_id = $1) AND ($2 = '' OR client = $2) \
             ORDER BY given DESC, user_id, client, tenant",
            user.map_or("", UserId::as_str),
            client.map_or("", ClientId::as_str)
        )?;
        rows.into_iter().map(consent).collect()
    }

    /// Writes a person's permission; replaces an earlier one in the same tenant.
    pub async fn put_consent(&self, consent: &Consent) -> Result<(), StoreError> {
        let consent = consent.clone();
        self.write(move |batch| {
            let consent = consent.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO consents (user_id, issuer, client, tenant, scopes, given) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, issuer, client, tenant) \
                     DO UPDATE SET scopes = excluded.scopes, given = excluded.given",
                    consent.user.as_str(),
                    consent.issuer.as_str(),
                    consent.client.as_str(),
                    column(consent.tenant.as_ref()),
                    consent.scopes.to_string(),
                    consent.given.millis()
                )
                .map(drop)
            })
        })
        .await
    }

    /// Takes a permission back, and revokes what was given under it, both or neither: nobody ever finds
    /// an app without its permission that still has its tokens. What was given in other tenants stays.
    pub async fn withdraw_consent(
        &self,
        consent: &Consent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let consent = consent.clone();
        self.write(move |batch| {
            let consent = consent.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "DELETE FROM consents \
                     WHERE user_id = $1 AND issuer = $2 AND client = $3 AND tenant = $4",
                    consent.user.as_str(),
                    consent.issuer.as_str(),
                    consent.client.as_str(),
                    column(consent.tenant.as_ref())
                )?;
                grants::revoke_of_consent(batch, &consent, now).await
            })
        })
        .await
    }
}
