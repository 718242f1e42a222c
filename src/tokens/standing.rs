//! Standing tokens at routes: made once for a person or a service, believed from memory until they
//! expire or are revoked.
//!
//! The text is a random token and eleven characters that only whoever has the master key can put
//! behind it. So a wall of made-up tokens costs a hash each and never a look into the database, and
//! what was ours once is looked up once: that it is gone is remembered, too.

mod settings;
mod text;

pub use settings::StandingSettings;
pub use text::{NewStanding, kind_of, mint};

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::base::encoding::sha256;
use crate::base::{ClientId, Clock, SessionId, Timestamp, TokenId};
use crate::keys::Sealer;
use crate::model::{Event, EventKey, StandingToken};
use crate::session::Lease;
use crate::session::revocation::TokenOrigin;
use crate::store::{Store, StoreError};

/// Tokens kept; about a kilobyte each.
const KEPT: usize = 16_384;
/// Tokens that are known to be gone; 40 bytes each. Only what was ours once gets here.
const GONE: usize = 4096;
/// A use is noted when the last that was is older than this.
const SELDOM: Duration = Duration::from_mins(1);
/// How often noted uses are written.
const WRITE: Duration = Duration::from_secs(5);

/// A token that holds, and what judges by it need.
#[derive(Debug)]
pub struct Standing {
    /// The record.
    pub token: StandingToken,
    /// For a person's: what they proved, as a browser's session would have it. Nothing, at the time
    /// the token was made.
    pub lease: Option<Arc<Lease>>,
    /// Where clients of other kinds are named: the token's id.
    pub client: ClientId,
    /// When it ends: no later than today's settings allow.
    ends: Timestamp,
    /// When the row was read.
    read: Timestamp,
    noted: AtomicI64,
}

impl Standing {
    /// What ends it.
    pub const fn origin(&self) -> TokenOrigin<'_> {
        TokenOrigin {
            token: Some(&self.token.id),
            session: None,
            grant: None,
            client: &self.client,
            issued: self.read,
        }
    }
}

/// Why a standing token is not taken, or nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum NotStanding {
    /// Nobody ever made it.
    #[error("the token was made up")]
    Forged,
    /// It was revoked, or its person is gone.
    #[error("the token was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the token has expired")]
    Expired(Box<StandingToken>),
    /// The store is needed, and away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells good standing tokens from others. Cheap to clone.
#[derive(Clone)]
pub struct StandingTokens(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    settings: StandingSettings,
    longest_session: Duration,
    known: Cache<[u8; 32], Arc<Standing>>,
    gone: Cache<[u8; 32], ()>,
    /// Grows with every change, so that a row read before a change is not kept after it.
    changes: AtomicU64,
    uses: Mutex<HashMap<TokenId, Timestamp>>,
}

impl std::fmt::Debug for StandingTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StandingTokens(..)")
    }
}

impl StandingTokens {
    /// The tokens in `store`. `longest_session` is how long a session may live: from its end its
    /// beginning is known. Somebody must call [`Self::note`] with every event.
    pub fn new(
        store: Store,
        sealer: Sealer,
        clock: Clock,
        settings: StandingSettings,
        longest_session: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            sealer,
            clock,
            settings,
            longest_session,
            known: Cache::new(KEPT),
            gone: Cache::new(GONE),
            changes: AtomicU64::new(0),
            uses: Mutex::default(),
        }))
    }

    /// The token of which this is the text, if it holds. From the second time on no I/O.
    pub async fn verify(&self, text: &str) -> Result<Arc<Standing>, NotStanding> {
        let key = sha256(text);
        if let Some(known) = self.0.known.get(&key) {
            return self.holding(known);
        }
        let hash = text::hash_of(&self.0.sealer, text).ok_or(NotStanding::Forged)?;
        if self.0.gone.get(&key).is_some() {
            return Err(NotStanding::Revoked);
        }
        let before = self.0.changes.load(Ordering::SeqCst);
        let Some(token) = self.0.store.load_standing_token(hash).await? else {
            self.0.gone.insert(key, ());
            return Err(NotStanding::Revoked);
        };
        let known = Arc::new(self.standing(token));
        self.0.known.insert(key, Arc::clone(&known));
        if self.0.changes.load(Ordering::SeqCst) != before {
            self.0.known.remove(&key);
        }
        self.holding(known)
    }

    fn holding(&self, known: Arc<Standing>) -> Result<Arc<Standing>, NotStanding> {
        let now = self.0.clock.now();
        if known.ends <= now {
            return Err(NotStanding::Expired(Box::new(known.token.clone())));
        }
        self.note_use(&known, now);
        Ok(known)
    }

    fn standing(&self, token: StandingToken) -> Standing {
        let read = self.0.clock.now();
        let longest = self.0.settings.longest(token.kind());
        let ends = token.expires.min(token.created.plus(longest));
        let lease = token.user().map(|user| {
            Arc::new(Lease {
                // A name that no session has: a token is not one.
                session: SessionId::new(format!("token:{}", token.id)),
                user: user.clone(),
                tenant: None,
                auth_time: token.created,
                // Nobody has to be there for it to be shown.
                seen: token.created,
                amr: Vec::new(),
                issued: read,
                until: ends,
                ends: token.created.plus(self.0.longest_session),
            })
        });
        Standing {
            client: ClientId::new(token.id.as_str()),
            noted: AtomicI64::new(token.used.unwrap_or_default().millis()),
            token,
            lease,
            ends,
            read,
        }
    }

    fn note_use(&self, known: &Standing, now: Timestamp) {
        let last = known.noted.load(Ordering::Relaxed);
        if now.since(Timestamp::from_millis(last)) < SELDOM {
            return;
        }
        let won =
            known
                .noted
                .compare_exchange(last, now.millis(), Ordering::Relaxed, Ordering::Relaxed);
        if won.is_ok() {
            self.0.uses.lock().insert(known.token.id.clone(), now);
        }
    }

    /// Writes when tokens were last seen. What could not be written is written the next time.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let uses = std::mem::take(&mut *self.0.uses.lock());
        if uses.is_empty() {
            return Ok(());
        }
        let written = self
            .0
            .store
            .note_standing_uses(uses.clone().into_iter().collect());
        let written = written.await;
        if written.is_err() {
            let mut now = self.0.uses.lock();
            for (id, at) in uses {
                now.entry(id).or_insert(at);
            }
        }
        written
    }

    /// Writes them now and then, for as long as the process runs.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(WRITE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.write_uses().await {
                tracing::warn!(%error, "when tokens were last used could not be written");
            }
        }
    }

    /// Forgets what an event says is revoked.
    pub fn note(&self, event: &Event) {
        if let EventKey::Token(id) = &event.key
            && is_standing(id)
        {
            self.0.changes.fetch_add(1, Ordering::SeqCst);
            self.0.known.retain(|_, known| known.token.id != *id);
        }
    }

    /// Forgets everything.
    pub fn forget(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        self.0.known.clear();
    }
}

fn is_standing(id: &TokenId) -> bool {
    let mut prefixes = StandingToken::ID_PREFIXES.iter();
    prefixes.any(|prefix| id.as_str().starts_with(prefix))
}

#[cfg(test)]
mod tests;
