//! Clients that must still be told that a session ended: queued with the end itself, taken on by one
//! node at a time, gone when told.

use super::engine::{execute, read, returning};
use super::writer::Batch;
use super::{Store, StoreError};
use crate::base::{ClientId, IssuerId, SessionId, Timestamp};
use crate::model::LogoutNotice;

/// Which notices of a client are taken on, and until when nobody else takes them.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Now; later notices wait.
    pub now: Timestamp,
    /// When they fall due again, should nothing be heard of them.
    pub until: Timestamp,
    /// How many at most.
    pub most: usize,
}

impl Store {
    /// Clients for which something is due, the ones that wait for longest first.
    pub async fn clients_to_tell(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(IssuerId, ClientId)>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, String),
            "SELECT issuer, client FROM logouts WHERE due <= $1 GROUP BY issuer, client \
             ORDER BY MIN(due), issuer, client LIMIT $2",
            now.millis(),
            count(most)
        )?;
        let clients = rows.into_iter();
        Ok(clients.map(|(i, c)| (i.into(), c.into())).collect())
    }

    /// Takes on notices of one client that are due. No other node gets them before `claim.until`.
    pub async fn claim_logouts(
        &self,
        issuer: &IssuerId,
        client: &ClientId,
        claim: Claim,
    ) -> Result<Vec<LogoutNotice>, StoreError> {
        let (issuer, client) = (issuer.clone(), client.clone());
        self.write(move |batch| {
            let (issuer, client) = (issuer.clone(), client.clone());
            Box::pin(async move {
                let rows = returning!(
                    &mut batch.tx,
                    (String, String, i64, i64),
                    "UPDATE logouts SET due = $4, tries = tries + 1 WHERE issuer = $1 \
                     AND client = $2 AND due <= $3 AND session_id IN (SELECT session_id \
                     FROM logouts WHERE issuer = $1 AND client = $2 AND due <= $3 \
                     ORDER BY due, session_id LIMIT $5) \
                     RETURNING session_id, user_id, ended, tries",
                    issuer.as_str(),
                    client.as_str(),
                    claim.now.millis(),
                    claim.until.millis(),
                    count(claim.most)
                )?;
                let notice =
                    |(session, user, ended, tries): (String, String, i64, i64)| LogoutNotice {
                        session: session.into(),
                        user: user.into(),
                        issuer: issuer.clone(),
                        client: client.clone(),
                        ended: Timestamp::from_millis(ended),
                        tries: u32::try_from(tries).unwrap_or(u32::MAX),
                    };
                Ok(rows.into_iter().map(notice).collect())
            })
        })
        .await
    }

    /// The client was told, or never will be; `false` when somebody else has taken the notice on
    /// meanwhile.
    pub async fn settle_logout(&self, notice: &LogoutNotice) -> Result<bool, StoreError> {
        let notice = notice.clone();
        self.write(move |batch| {
            let notice = notice.clone();
            Box::pin(async move {
                let gone = execute!(
                    &mut batch.tx,
                    "DELETE FROM logouts WHERE session_id = $1 AND issuer = $2 AND client = $3 \
                     AND tries = $4",
                    notice.session.as_str(),
                    notice.issuer.as_str(),
                    notice.client.as_str(),
                    i64::from(notice.tries)
                )?;
                Ok(gone == 1)
            })
        })
        .await
    }

    /// The client could not be told: this notice is due again at `again`, and none of the client's
    /// before `rest`.
    pub async fn postpone_logout(
        &self,
        notice: &LogoutNotice,
        again: Timestamp,
        rest: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let notice = notice.clone();
        self.write(move |batch| {
            let notice = notice.clone();
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE logouts SET due = $5 WHERE session_id = $1 AND issuer = $2 \
                     AND client = $3 AND tries = $4",
                    notice.session.as_str(),
                    notice.issuer.as_str(),
                    notice.client.as_str(),
                    i64::from(notice.tries),
                    again.millis()
                )?;
                if let Some(rest) = rest {
                    execute!(
                        &mut batch.tx,
                        "UPDATE logouts SET due = $3 WHERE issuer = $1 AND client = $2 \
                         AND due < $3",
                        notice.issuer.as_str(),
                        notice.client.as_str(),
                        rest.millis()
                    )?;
                }
                Ok(())
            })
        })
        .await
    }

    /// How many notices wait.
    pub async fn count_logouts(&self) -> Result<i64, StoreError> {
        let rows = read!(self.engine(), (i64,), "SELECT COUNT(*) FROM logouts")?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }
}

/// Queues telling every client that the session opened, in the transaction that ends it.
pub(super) async fn queue(
    batch: &mut Batch,
    session: &SessionId,
    now: Timestamp,
) -> sqlx::Result<()> {
    execute!(
        &mut batch.tx,
        "INSERT INTO logouts (session_id, issuer, client, user_id, ended, due, tries) \
         SELECT o.session_id, o.issuer, o.name, s.user_id, CAST($2 AS BIGINT), \
         CAST($2 AS BIGINT), 0 FROM opened AS o JOIN sessions AS s ON s.id = o.session_id \
         WHERE o.session_id = $1 AND o.kind = 'client' \
         ON CONFLICT (session_id, issuer, client) DO NOTHING",
        session.as_str(),
        now.millis()
    )
    .map(drop)
}

fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
