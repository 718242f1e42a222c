//! The public keys of clients: at hand, or published by them and fetched when needed. Kept while
//! they are fresh, kept on while the client's server is away, and asked for again when a client
//! signs with a key that is not known yet: it has just replaced its keys.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use crate::base::{ClientId, Clock, Timestamp};
use crate::keys::foreign::NotAKeySet;
use crate::keys::{ForeignAlg, ForeignKeys, Jws, JwtRejected};
use crate::model::Client;
use crate::model::client::ClientKeys;
use crate::outbound::{Limits, Outbound, OutboundError};

/// Clients whose keys are kept.
const CACHED: usize = 4096;
/// How long fetched keys are fresh when their server does not say, and the bounds if it does.
const FRESH: Duration = Duration::from_mins(10);
const FRESH_LEAST: Duration = Duration::from_mins(1);
const FRESH_MOST: Duration = Duration::from_hours(1);
/// A client's server is asked at most this often, whatever strangers send in the client's name.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// The keys of every client. Cheap to clone.
#[derive(Clone)]
pub struct ClientKeyrings(Arc<Inner>);

struct Inner {
    outbound: Outbound,
    clock: Clock,
    kept: quick_cache::sync::Cache<ClientId, Arc<Kept>>,
}

/// What is kept of one client's keys.
struct Kept {
    source: ClientKeys,
    current: ArcSwapOption<Current>,
    /// When its server was last asked; whoever holds this asks.
    asked: Mutex<Option<Timestamp>>,
}

struct Current {
    keys: Arc<ForeignKeys>,
    stale: Timestamp,
}

/// Why a client's signature was not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysError {
    /// The client has registered no keys.
    #[error("the client has no keys")]
    None,
    /// Its keys could not be fetched, and none are kept.
    #[error("the client's jwks_uri could not be read: {0}")]
    Fetch(#[from] OutboundError),
    /// What it registered or publishes is no set of keys.
    #[error("the client's keys are {0}")]
    Unreadable(#[from] NotAKeySet),
    /// It did not sign.
    #[error("not signed by the client: {0}")]
    Rejected(#[from] JwtRejected),
}

impl ClientKeyrings {
    /// Keys that are fetched through `outbound`.
    pub fn new(outbound: Outbound, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            outbound,
            clock,
            kept: quick_cache::sync::Cache::new(CACHED),
        }))
    }

    /// Whether `client` signed `jws` with a key of its own, by an algorithm that is `allowed`.
    pub async fn verify(
        &self,
        client: &Client,
        jws: &Jws<'_>,
        allowed: &[ForeignAlg],
    ) -> Result<(), ClientKeysError> {
        // Before anything is fetched: what cannot be right must not cost the client's server.
        if !jws.alg().is_some_and(|alg| allowed.contains(&alg)) {
            return Err(JwtRejected::UnknownKey.into());
        }
        let keys = self.load(client).await?;
        match keys.verify(jws, allowed) {
            Ok(()) => Ok(()),
            Err(rejected) => match self.newer(client, &keys).await? {
                Some(newer) => Ok(newer.verify(jws, allowed)?),
                None => Err(rejected.into()),
            },
        }
    }

    /// Whether `der` is the certificate of one of `client`'s keys (RFC 8705 2.2).
    pub async fn have_certificate(&self, client: &Client, der: &[u8]) -> bool {
        let has = |keys: &ForeignKeys| keys.keys().iter().any(|key| key.certificate() == Some(der));
        let Ok(keys) = self.load(client).await else {
            return false;
        };
        if has(&keys) {
            return true;
        }
        let newer = self.newer(client, &keys).await;
        newer.ok().flatten().is_some_and(|newer| has(&newer))
    }

    /// The keys of `client` as last seen; fetched when they are not fresh any more.
    pub async fn load(&self, client: &Client) -> Result<Arc<ForeignKeys>, ClientKeysError> {
        let source = client.keys.as_ref().ok_or(ClientKeysError::None)?;
        let kept = self.kept(&client.id, source)?;
        let now = self.0.clock.now();
        match kept.current.load_full() {
            Some(current) if now < current.stale => Ok(Arc::clone(&current.keys)),
            Some(_) | None => self.refresh(&kept, now).await,
        }
    }

    /// Keys newer than `seen`, if the client has published some.
    async fn newer(
        &self,
        client: &Client,
        seen: &Arc<ForeignKeys>,
    ) -> Result<Option<Arc<ForeignKeys>>, ClientKeysError> {
        let Some(source @ ClientKeys::JwksUri(_)) = client.keys.as_ref() else {
            return Ok(None);
        };
        let kept = self.kept(&client.id, source)?;
        let keys = self.refresh(&kept, self.0.clock.now()).await?;
        Ok((!Arc::ptr_eq(&keys, seen)).then_some(keys))
    }

    /// What is kept of these keys; those at hand are read at once.
    fn kept(&self, id: &ClientId, source: &ClientKeys) -> Result<Arc<Kept>, ClientKeysError> {
        if let Some(kept) = self.0.kept.get(id)
            && kept.source == *source
        {
            return Ok(kept);
        }
        let current = match source {
            ClientKeys::Jwks(text) => Some(Arc::new(Current {
                keys: Arc::new(ForeignKeys::read(text.as_bytes())?),
                stale: Timestamp::from_millis(i64::MAX),
            })),
            ClientKeys::JwksUri(_) => None,
        };
        let kept = Arc::new(Kept {
            source: source.clone(),
            current: ArcSwapOption::from(current),
            asked: Mutex::new(None),
        });
        self.0.kept.insert(id.clone(), Arc::clone(&kept));
        Ok(kept)
    }

    /// Asks the client's server, unless it was asked a moment ago. One asks, the others wait and
    /// take what it got.
    async fn refresh(
        &self,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, ClientKeysError> {
        let ClientKeys::JwksUri(url) = &kept.source else {
            return Err(ClientKeysError::None);
        };
        let mut asked = kept.asked.lock().await;
        let current = kept.current.load_full();
        let lately = asked.is_some_and(|at| now < at.plus(ASK_AGAIN));
        match (current, lately) {
            (Some(current), true) => Ok(Arc::clone(&current.keys)),
            (None, true) => Err(OutboundError::Unreachable.into()),
            (current, false) => {
                let before = asked.replace(now);
                match self.fetch(url, now).await {
                    Err(error) if error == OutboundError::Busy.into() => {
                        // Nobody was asked.
                        *asked = before;
                        current.map(|old| Arc::clone(&old.keys)).ok_or(error)
                    }
                    Ok(fetched) => {
                        let keys = Arc::clone(&fetched.keys);
                        kept.current.store(Some(Arc::new(fetched)));
                        Ok(keys)
                    }
                    Err(error) => current.map(|old| Arc::clone(&old.keys)).ok_or(error),
                }
            }
        }
    }

    async fn fetch(&self, url: &str, now: Timestamp) -> Result<Current, ClientKeysError> {
        let limits = Limits::body(ForeignKeys::MAX_LENGTH);
        let accept = "application/jwk-set+json, application/json";
        let fetched = self.0.outbound.get(url, accept, limits).await?.ok()?;
        let fresh = fetched.max_age.unwrap_or(FRESH);
        Ok(Current {
            keys: Arc::new(ForeignKeys::read(&fetched.body)?),
            stale: now.plus(fresh.clamp(FRESH_LEAST, FRESH_MOST)),
        })
    }
}

impl std::fmt::Debug for ClientKeyrings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientKeyrings(..)")
    }
}

#[cfg(test)]
mod tests;
