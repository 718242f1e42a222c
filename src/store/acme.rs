//! What an ACME authority gave, sealed, and whose turn it is to ask.

use super::engine::{execute, read, returning};
use super::{Store, StoreError};
use crate::base::Timestamp;

/// A host that certificates are ordered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeRow {
    /// The host.
    pub host: String,
    /// Its certificate and key, once there are some.
    pub sealed: Option<Vec<u8>>,
    /// When the next one may be asked for.
    pub due: Timestamp,
}

impl Store {
    /// The account with a directory, sealed.
    pub async fn acme_account(&self, directory: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = read!(
            self.engine(),
            (Vec<u8>,),
            "SELECT sealed FROM acme_accounts WHERE directory = $1",
            directory
        )?;
        Ok(rows.into_iter().next().map(|(sealed,)| sealed))
    }

    /// Keeps an account; of several that were made at once, the last.
    pub async fn keep_acme_account(
        &self,
        directory: &str,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let (directory, sealed) = (directory.to_owned(), sealed.to_vec());
        self.write(move |batch| {
            let (directory, sealed) = (directory.clone(), sealed.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO acme_accounts (directory, sealed) VALUES ($1, $2) \
                     ON CONFLICT (directory) DO UPDATE SET sealed = excluded.sealed",
                    directory,
                    sealed
                )?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets an account that the authority does not know.
    pub async fn forget_acme_account(&self, directory: &str) -> Result<(), StoreError> {
        let directory = directory.to_owned();
        self.write(move |batch| {
            let directory = directory.clone();
            Box::pin(async move {
                let sql = "DELETE FROM acme_accounts WHERE directory = $1";
                execute!(&mut batch.tx, sql, directory)?;
                Ok(())
            })
        })
        .await
    }

    /// Every host of a directory.
    pub async fn acme_rows(&self, directory: &str) -> Result<Vec<AcmeRow>, StoreError> {
        let rows = read!(
            self.engine(),
            (String, Option<Vec<u8>>, i64),
            "SELECT host, sealed, due FROM acme_certificates WHERE directory = $1 ORDER BY host",
            directory
        )?;
        let rows = rows.into_iter().map(|(host, sealed, due)| AcmeRow {
            host,
            sealed,
            due: Timestamp::from_millis(due),
        });
        Ok(rows.collect())
    }

    /// Takes the turn to order for `host` until `until`, if it is due and nobody else has it; gives
    /// how many orders have failed since the last that did not.
    pub async fn take_acme_turn(
        &self,
        directory: &str,
        host: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let (directory, host) = (directory.to_owned(), host.to_owned());
        self.write(move |batch| {
            let (directory, host) = (directory.clone(), host.clone());
            Box::pin(async move {
                // One statement decides, on whichever node.
                let rows = returning!(
                    &mut batch.tx,
                    (i64,),
                    "INSERT INTO acme_certificates (directory, host, failures, due) \
                     VALUES ($1, $2, 0, $3) \
                     ON CONFLICT (directory, host) DO UPDATE SET due = excluded.due \
                     WHERE acme_certificates.due <= $4 RETURNING failures",
                    directory,
                    host,
                    until.millis(),
                    now.millis()
                )?;
                Ok(rows.into_iter().next().map(|(failures,)| failures))
            })
        })
        .await
    }

    /// Keeps a new certificate; the next is due then.
    pub async fn keep_acme_certificate(
        &self,
        directory: &str,
        host: &str,
        sealed: &[u8],
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let key = (directory.to_owned(), host.to_owned());
        let sealed = sealed.to_vec();
        self.write(move |batch| {
            let ((directory, host), sealed) = (key.clone(), sealed.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE acme_certificates SET sealed = $3, failures = 0, due = $4 \
                     WHERE directory = $1 AND host = $2",
                    directory,
                    host,
                    sealed,
                    due.millis()
                )?;
                Ok(())
            })
        })
        .await
    }

    /// An order failed; the next may be tried then. A certificate that is there stays.
    pub async fn fail_acme_order(
        &self,
        directory: &str,
        host: &str,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let (directory, host) = (directory.to_owned(), host.to_owned());
        self.write(move |batch| {
            let (directory, host) = (directory.clone(), host.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE acme_certificates SET failures = failures + 1, due = $3 \
                     WHERE directory = $1 AND host = $2",
                    directory,
                    host,
                    due.millis()
                )?;
                Ok(())
            })
        })
        .await
    }

    /// Lets the answer to a challenge be found on every node.
    pub async fn insert_acme_answer(
        &self,
        token: &str,
        answer: &str,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let (token, answer) = (token.to_owned(), answer.to_owned());
        self.write(move |batch| {
            let (token, answer) = (token.clone(), answer.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO acme_answers (token, answer, expires) VALUES ($1, $2, $3) \
                     ON CONFLICT (token) DO UPDATE \
                     SET answer = excluded.answer, expires = excluded.expires",
                    token,
                    answer,
                    expires.millis()
                )?;
                Ok(())
            })
        })
        .await
    }

    /// The answer to a challenge.
    pub async fn acme_answer(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let rows = read!(
            self.engine(),
            (String,),
            "SELECT answer FROM acme_answers WHERE token = $1 AND expires > $2",
            token,
            now.millis()
        )?;
        Ok(rows.into_iter().next().map(|(answer,)| answer))
    }

    /// Forgets an answer.
    pub async fn remove_acme_answer(&self, token: &str) -> Result<(), StoreError> {
        let token = token.to_owned();
        self.write(move |batch| {
            let token = token.clone();
            Box::pin(async move {
                let sql = "DELETE FROM acme_answers WHERE token = $1";
                execute!(&mut batch.tx, sql, token)?;
                Ok(())
            })
        })
        .await
    }
}
