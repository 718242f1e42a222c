//! Forms that came too late, until whoever sent them has signed in again.

use super::engine::{execute, read};
use super::{Store, StoreError};
use crate::base::opaque::LateForm;
use crate::base::{OpaqueHash, SessionId, Timestamp};

/// Forms that are kept for one session; the oldest gives way.
pub const OF_SESSION: i64 = 4;

impl Store {
    /// Keeps a sealed form of a session's until `expires`.
    pub async fn keep_form(
        &self,
        hash: &OpaqueHash<LateForm>,
        session: &SessionId,
        sealed: String,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let (hash, session) = (hash.as_bytes().to_vec(), session.clone());
        self.write(move |batch| {
            let (hash, session, sealed) = (hash.clone(), session.clone(), sealed.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO late_forms (hash, session_id, sealed, expires) \
                     VALUES ($1, $2, $3, $4)",
                    hash,
                    session.as_str(),
                    sealed,
                    expires.millis()
                )?;
                execute!(
                    &mut batch.tx,
                    "DELETE FROM late_forms WHERE session_id = $1 AND hash NOT IN \
                     (SELECT hash FROM late_forms WHERE session_id = $1 \
                     ORDER BY expires DESC, hash LIMIT $2)",
                    session.as_str(),
                    OF_SESSION
                )
                .map(drop)
            })
        })
        .await
    }

    /// The sealed form with this hash.
    pub async fn load_form(
        &self,
        hash: &OpaqueHash<LateForm>,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let rows = read!(
            self.engine(),
            (String,),
            "SELECT sealed FROM late_forms WHERE hash = $1 AND expires > $2",
            hash.as_bytes().to_vec(),
            now.millis()
        )?;
        Ok(rows.into_iter().next().map(|(sealed,)| sealed))
    }
}
