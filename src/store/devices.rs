//! Requests of devices: asked for once, answered once by a person, polled at a bounded pace.

use std::time::Duration;

use super::engine::{execute, read, returning};
use super::{Store, StoreError};
use crate::base::opaque::DeviceCode;
use crate::base::{ClientId, IssuerId, OpaqueHash, Timestamp};
use crate::model::{DeviceAnswer, DeviceRequest};

/// By how much the pace slows when somebody polls too fast (RFC 8628 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// What polling found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nobody answered yet.
    Pending,
    /// Nobody answered yet, and it was too early to ask.
    TooFast,
    /// Nobody answered in time.
    Expired,
    /// Somebody did.
    Answered(Box<DeviceRequest>, DeviceAnswer),
}

impl Store {
    /// Remembers a request until `expires`; `false` when another one has that user code.
    pub async fn insert_device(
        &self,
        hash: &OpaqueHash<DeviceCode>,
        user_code: [u8; 32],
        request: &DeviceRequest,
        (pace, expires): (Duration, Timestamp),
    ) -> Result<bool, StoreError> {
        let (hash, request) = (hash.as_bytes().to_vec(), request.clone());
        let text = json(&request)?;
        let pace = i64::try_from(pace.as_millis()).unwrap_or(i64::MAX);
        let made = self.write(move |batch| {
            let (hash, request, text) = (hash.clone(), request.clone(), text.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO device_codes (hash, user_code, issuer, client, request, pending, \
                     answer, pace, polled, expires) VALUES ($1, $2, $3, $4, $5, 1, '', $6, 0, $7) \
                     ON CONFLICT (user_code) DO NOTHING",
                    hash,
                    user_code.to_vec(),
                    request.issuer.as_str(),
                    request.client.as_str(),
                    text,
                    pace,
                    expires.millis()
                )
            })
        });
        Ok(made.await? == 1)
    }

    /// The request at `issuer` that waits for an answer under this user code.
    pub async fn find_device(
        &self,
        user_code: [u8; 32],
        issuer: &IssuerId,
        now: Timestamp,
    ) -> Result<Option<DeviceRequest>, StoreError> {
        let rows = read!(
            self.engine(),
            (String,),
            "SELECT request FROM device_codes WHERE user_code = $1 AND issuer = $2 \
             AND pending = 1 AND expires > $3",
            user_code.to_vec(),
            issuer.as_str(),
            now.millis()
        )?;
        rows.first().map(|(text,)| parsed(text)).transpose()
    }

    /// Answers a request, once; `false` when there is none that waits.
    pub async fn answer_device(
        &self,
        user_code: [u8; 32],
        issuer: &IssuerId,
        answer: &DeviceAnswer,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (issuer, text) = (issuer.clone(), json(answer)?);
        let answered = self.write(move |batch| {
            let (issuer, text) = (issuer.clone(), text.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "UPDATE device_codes SET pending = 0, answer = $4 WHERE user_code = $1 \
                     AND issuer = $2 AND pending = 1 AND expires > $3",
                    user_code.to_vec(),
                    issuer.as_str(),
                    now.millis(),
                    text
                )
            })
        });
        Ok(answered.await? == 1)
    }

    /// What became of a request of `client`; `None` when there is no such thing. Whoever asks before
    /// the pace allows it makes it slower.
    pub async fn poll_device(
        &self,
        hash: &OpaqueHash<DeviceCode>,
        (issuer, client): (&IssuerId, &ClientId),
        now: Timestamp,
    ) -> Result<Option<Polled>, StoreError> {
        let (hash, issuer, client) = (hash.as_bytes().to_vec(), issuer.clone(), client.clone());
        let slower = i64::try_from(SLOWER.as_millis()).unwrap_or(i64::MAX);
        let (in_time, rows) = self
            .write(move |batch| {
                let (hash, issuer, client) = (hash.clone(), issuer.clone(), client.clone());
                Box::pin(async move {
                    let in_time = execute!(
                        &mut batch.tx,
                        "UPDATE device_codes SET polled = $4 WHERE hash = $1 AND issuer = $2 \
                         AND client = $3 AND pending = 1 AND polled + pace <= $4",
                        hash.clone(),
                        issuer.as_str(),
                        client.as_str(),
                        now.millis()
                    )?;
                    if in_time == 0 {
                        execute!(
                            &mut batch.tx,
                            "UPDATE device_codes SET polled = $4, pace = pace + $5 WHERE hash = $1 \
                             AND issuer = $2 AND client = $3 AND pending = 1",
                            hash.clone(),
                            issuer.as_str(),
                            client.as_str(),
                            now.millis(),
                            slower
                        )?;
                    }
                    let rows = returning!(
                        &mut batch.tx,
                        (String, i64, String, i64),
                        "SELECT request, pending, answer, expires FROM device_codes \
                         WHERE hash = $1 AND issuer = $2 AND client = $3",
                        hash,
                        issuer.as_str(),
                        client.as_str()
                    )?;
                    Ok((in_time == 1, rows))
                })
            })
            .await?;
        let Some((request, pending, answer, expires)) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(if expires <= now.millis() {
            Polled::Expired
        } else if pending == 0 {
            Polled::Answered(Box::new(parsed(&request)?), parsed(&answer)?)
        } else if in_time {
            Polled::Pending
        } else {
            Polled::TooFast
        }))
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("device request"))
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("device request"))
}
