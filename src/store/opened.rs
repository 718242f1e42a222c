//! What sessions were used for: clients that are told of their end, routes that were entered.

use super::engine::{execute, read};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::{ClientId, IssuerId, SessionId, Timestamp};
use crate::model::{Opened, OpenedKind};

impl Store {
    /// Notes the first use of a route by a session.
    pub async fn note_route(
        &self,
        session: &SessionId,
        route: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (session, route) = (session.clone(), route.to_owned());
        self.write(move |batch| {
            let (session, route) = (session.clone(), route.clone());
            Box::pin(async move {
                let kind = OpenedKind::Route;
                note(batch, &session, kind, ("", &route), now).await
            })
        })
        .await
    }

    /// Notes the first use of a client by a session, before anything is given to the client without
    /// a code. `false` when the session has ended: whoever is not noted is not told, so nothing may
    /// be given then.
    pub async fn note_client(
        &self,
        session: &SessionId,
        (issuer, client): (&IssuerId, &ClientId),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (session, issuer, name) = (session.clone(), issuer.clone(), client.clone());
        self.write(move |batch| {
            let (session, issuer, name) = (session.clone(), issuer.clone(), name.clone());
            Box::pin(async move {
                if !super::sessions::holds(batch, &session).await? {
                    return Ok(false);
                }
                client_of(batch, &session, (&issuer, &name), now).await?;
                Ok(true)
            })
        })
        .await
    }

    /// What a session was used for.
    pub async fn list_opened(&self, session: &SessionId) -> Result<Vec<Opened>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, String, String, i64),
            "SELECT kind, issuer, name, first FROM opened WHERE session_id = $1 \
             ORDER BY first, name, issuer",
            session.as_str()
        )?;
        let opened = rows.into_iter().filter_map(|(kind, issuer, name, first)| {
            let kind = [OpenedKind::Client, OpenedKind::Route]
                .into_iter()
                .find(|k| k.as_str() == kind)?;
            Some(Opened {
                kind,
                issuer: (!issuer.is_empty()).then(|| issuer.into()),
                name,
                first: Timestamp::from_millis(first),
            })
        });
        Ok(opened.collect())
    }
}

/// Notes a client in the transaction that gives it something; the session's row is held.
pub(super) async fn client_of(
    batch: &mut Batch,
    session: &SessionId,
    (issuer, client): (&IssuerId, &ClientId),
    now: Timestamp,
) -> sqlx::Result<()> {
    let names = (issuer.as_str(), client.as_str());
    note(batch, session, OpenedKind::Client, names, now).await
}

async fn note(
    batch: &mut Batch,
    session: &SessionId,
    kind: OpenedKind,
    (issuer, name): (&str, &str),
    now: Timestamp,
) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO opened (session_id, kind, issuer, name, first) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (session_id, kind, issuer, name) DO NOTHING",
        session.as_str(),
        kind.as_str(),
        issuer,
        name,
        now.millis()
    )
    .map(drop)
}
