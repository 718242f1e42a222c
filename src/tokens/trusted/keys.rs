//! The keys of an issuer that is not ours: fetched when they are needed, kept while they are fresh,
//! kept on for a while when the issuer is away, and asked for again when a token names one that is
//! not known yet.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use serde_json::Value;
use tokio::sync::Mutex;

use super::settings::{KeysAt, TrustedIssuer};
use crate::base::{Clock, Timestamp};
use crate::keys::ForeignKeys;
use crate::keys::foreign::NotAKeySet;
use crate::outbound::{Limits, Outbound, OutboundError};

/// How long keys are fresh when their server does not say, and the bounds if it does.
const FRESH: Duration = Duration::from_mins(10);
const FRESH_LEAST: Duration = Duration::from_mins(1);
const FRESH_MOST: Duration = Duration::from_hours(1);
/// How long keys count that are not fresh any more, while no newer can be had: a key that the issuer
/// withdrew meanwhile is believed as long.
const BEYOND: Duration = Duration::from_hours(24);
/// The issuer is asked at most this often, whatever strangers send in its name.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Longest document about the issuer, in bytes.
const DOCUMENT: usize = 64 * 1024;

/// The keys of one issuer.
pub(super) struct TrustedKeys {
    issuer: String,
    source: KeysAt,
    outbound: Outbound,
    clock: Clock,
    current: ArcSwapOption<Current>,
    /// When the issuer was last asked; whoever holds this asks.
    asked: Mutex<Option<Timestamp>>,
}

struct Current {
    keys: Arc<ForeignKeys>,
    stale: Timestamp,
    end: Timestamp,
}

/// Why an issuer's keys cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// They, or the document that says where they are, could not be fetched.
    #[error("the issuer's keys could not be fetched: {0}")]
    Fetch(#[from] OutboundError),
    /// What is there is no set of keys.
    #[error("the issuer's keys are {0}")]
    Unreadable(#[from] NotAKeySet),
    /// The document is no description of this issuer.
    #[error("the issuer's document is not about it, or does not say where its keys are")]
    Document,
}

impl TrustedKeys {
    pub(super) fn new(settings: &TrustedIssuer, outbound: Outbound, clock: Clock) -> Self {
        Self {
            issuer: settings.url.clone(),
            source: settings.keys.clone(),
            outbound,
            clock,
            current: ArcSwapOption::empty(),
            asked: Mutex::new(None),
        }
    }

    /// Whether what `keys` verified counts without another look.
    pub(super) fn are_current(&self, keys: &Arc<ForeignKeys>, now: Timestamp) -> bool {
        let current = self.current.load();
        let fresh = current.as_ref().filter(|current| now < current.stale);
        fresh.is_some_and(|current| Arc::ptr_eq(&current.keys, keys))
    }

    /// The keys as last seen; fetched when they are not fresh any more.
    pub(super) async fn load(&self) -> Result<Arc<ForeignKeys>, KeysError> {
        let now = self.clock.now();
        match self.current.load_full() {
            Some(current) if now < current.stale => Ok(Arc::clone(&current.keys)),
            Some(current) if now < current.end => match self.asked.try_lock() {
                Ok(mut asked) => self.refresh(&mut asked, now).await,
                // Somebody asks already; nobody else has to wait for it.
                Err(_) => Ok(Arc::clone(&current.keys)),
            },
            Some(_) | None => {
                let mut asked = self.asked.lock().await;
                self.refresh(&mut asked, now).await
            }
        }
    }

    /// Keys newer than `seen`, if the issuer has published some.
    pub(super) async fn newer(&self, seen: &Arc<ForeignKeys>) -> Option<Arc<ForeignKeys>> {
        let mut asked = self.asked.lock().await;
        let now = self.clock.now();
        // Whoever was here before may have got them.
        if let Some(current) = self.current.load_full()
            && !Arc::ptr_eq(&current.keys, seen)
        {
            return Some(Arc::clone(&current.keys));
        }
        let keys = self.refresh(&mut asked, now).await.ok()?;
        (!Arc::ptr_eq(&keys, seen)).then_some(keys)
    }

    /// Asks the issuer, unless it was asked a moment ago.
    async fn refresh(
        &self,
        asked: &mut Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, KeysError> {
        let usable = self.current.load_full().filter(|current| now < current.end);
        if asked.is_some_and(|at| now < at.plus(ASK_AGAIN)) {
            let unreachable = KeysError::Fetch(OutboundError::Unreachable);
            return usable.map(|old| Arc::clone(&old.keys)).ok_or(unreachable);
        }
        *asked = Some(now);
        match self.fetch(now).await {
            Ok(fetched) => {
                let keys = Arc::clone(&fetched.keys);
                self.current.store(Some(Arc::new(fetched)));
                Ok(keys)
            }
            Err(error) => {
                if error == KeysError::Fetch(OutboundError::Busy) {
                    // Nobody was asked.
                    *asked = None;
                }
                tracing::warn!(%error, issuer = self.issuer, "an issuer's keys were not refreshed");
                usable.map(|old| Arc::clone(&old.keys)).ok_or(error)
            }
        }
    }

    async fn fetch(&self, now: Timestamp) -> Result<Current, KeysError> {
        let url = match &self.source {
            KeysAt::Jwks(url) => url.clone(),
            KeysAt::Discovered => self.discover().await?,
        };
        let limits = Limits::body(ForeignKeys::MAX_LENGTH);
        let accept = "application/jwk-set+json, application/json";
        let fetched = self.outbound.get(&url, accept, limits).await?.ok()?;
        let fresh = fetched.max_age.unwrap_or(FRESH);
        let stale = now.plus(fresh.clamp(FRESH_LEAST, FRESH_MOST));
        Ok(Current {
            keys: Arc::new(ForeignKeys::read(&fetched.body)?),
            stale,
            end: stale.plus(BEYOND),
        })
    }

    /// Where the issuer says that its keys are (OpenID Connect Discovery 4.3).
    async fn discover(&self) -> Result<String, KeysError> {
        let base = self.issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let limits = Limits::body(DOCUMENT);
        let fetched = self
            .outbound
            .get(&url, "application/json", limits)
            .await?
            .ok()?;
        let document: Value =
            serde_json::from_slice(&fetched.body).map_err(|_| KeysError::Document)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        if text("issuer") != Some(self.issuer.as_str()) {
            return Err(KeysError::Document);
        }
        text("jwks_uri")
            .map(str::to_owned)
            .ok_or(KeysError::Document)
    }
}
