//! Audit records in the database.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::Timestamp;
use crate::model::AuditRecord;

/// When, what, whether it was let happen, and why.
pub type AuditLine = (i64, String, i64, String, Option<String>);

impl Store {
    /// Adds an audit record; shares a commit with what else is queued.
    pub async fn insert_audit(&self, record: &AuditRecord) -> Result<(), StoreError> {
        let (record, id) = (record.clone(), self.rng().uuid()?.to_string());
        self.write(move |batch| {
            let (r, id) = (record.clone(), id.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO audit (id, at, kind, ok, reason, user_id, session_id, issuer, \
                     client, route, address, request) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                    id,
                    r.at.millis(),
                    r.kind.as_str(),
                    i64::from(r.ok),
                    r.reason,
                    r.user.as_ref().map(|id| id.as_str().to_owned()),
                    r.session.as_ref().map(|id| id.as_str().to_owned()),
                    r.issuer.as_ref().map(|id| id.as_str().to_owned()),
                    r.client.as_ref().map(|id| id.as_str().to_owned()),
                    r.route.as_ref().map(|id| id.as_str().to_owned()),
                    r.address.map(|address| address.to_string()),
                    r.request.as_ref().map(|id| id.as_str().to_owned())
                )
                .map(drop)
            })
        })
        .await
    }

    /// The records since `since`, oldest first, at most `limit`: time, kind, outcome, reason, user.
    pub async fn list_audit(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        Ok(read!(
            self.engine(),
            AuditLine,
            "SELECT at, kind, ok, reason, user_id FROM audit WHERE at >= $1 ORDER BY at, id LIMIT $2",
            since.millis(),
            i64::from(limit)
        )?)
    }
}
