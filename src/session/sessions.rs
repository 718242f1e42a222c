//! Starting, recognising and ending sessions.

mod cookies;
mod recognise;

use std::sync::Arc;
use std::time::Duration;

use self::recognise::Memo;
use super::revocation::TokenOrigin;
use super::{Lease, Live, LiveGuard, Revocations, SessionSettings};
use crate::base::{Clock, Rng, RngFailed, SessionId, Timestamp, TokenId, UserId};
use crate::keys::Sealer;
use crate::model::{Device, Proven, Session};
use crate::store::{Store, StoreError};

/// Decoded cookies kept; about 500 bytes each.
const MEMO: usize = 32_768;

/// The sessions of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    rng: Rng,
    settings: SessionSettings,
    revocations: Revocations,
    live: Live,
    memo: quick_cache::sync::Cache<Box<[u8]>, Memo>,
    /// When a sign of life was last written, or at least queued.
    seen: quick_cache::sync::Cache<SessionId, Timestamp>,
}

/// Why nobody can say who is here.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions(..)")
    }
}

impl Sessions {
    /// The sessions kept in `store`.
    pub fn new(
        store: Store,
        sealer: Sealer,
        clock: Clock,
        rng: Rng,
        settings: SessionSettings,
        revocations: Revocations,
    ) -> Self {
        let live = Live::default();
        let (memo, seen) = (
            quick_cache::sync::Cache::new(MEMO),
            quick_cache::sync::Cache::new(MEMO),
        );
        Self(Arc::new(Inner {
            store,
            sealer,
            clock,
            rng,
            settings,
            revocations,
            live,
            memo,
            seen,
        }))
    }

    /// Starts a session for somebody proven; always a new one, whatever the browser sent. `None` when
    /// they were disabled, or what they proved it with was taken away, while it was being checked.
    pub async fn start(
        &self,
        proven: &Proven,
        device: Device,
    ) -> Result<Option<Session>, SessionError> {
        let now = self.0.clock.now();
        let session = Session {
            id: SessionId::random(&self.0.rng)?,
            user: proven.user.clone(),
            tenant: None,
            auth_time: proven.at,
            amr: proven.amr.clone(),
            device,
            created: now,
            last_seen: now,
            ended: None,
        };
        let started = self.0.store.insert_session(&session, proven.epoch).await?;
        Ok(started.then_some(session))
    }

    /// The session's row, if it is alive: not ended, not idle for too long, not too old, its user
    /// not disabled.
    pub async fn load(&self, id: &SessionId) -> Result<Option<Session>, SessionError> {
        let Some(session) = self.0.store.load_session(id).await? else {
            return Ok(None);
        };
        let now = self.0.clock.now();
        let idle = now.since(session.last_seen) >= self.0.settings.idle;
        if session.ended.is_some() || idle || now >= self.ends(&session) {
            return Ok(None);
        }
        let user = self.0.store.load_user(&session.user).await?;
        Ok(user.is_some_and(|user| !user.disabled).then_some(session))
    }

    /// A `Set-Cookie` value that gives a living session to a browser on `host`; `None` when the
    /// session is not alive.
    ///
    /// Reading decides. A session that ends after it was read is void by its event, whatever was
    /// given out meanwhile, so that nothing has to be written first: while the database is locked or
    /// full, people go on.
    pub async fn join(&self, id: &SessionId, host: &str) -> Result<Option<String>, SessionError> {
        self.join_as(id, host, None).await
    }

    /// The same for a browser that was last `seen` on this host.
    async fn join_as(
        &self,
        id: &SessionId,
        host: &str,
        seen: Option<Timestamp>,
    ) -> Result<Option<String>, SessionError> {
        let Some(session) = self.load(id).await? else {
            return Ok(None);
        };
        self.sign_of_life(&session);
        let seen = seen.unwrap_or(session.last_seen);
        self.issue(&session, host, seen).map(Some)
    }

    /// Writes down that somebody is there, soon and at most twice in a lease, however many hosts
    /// and requests ask.
    fn sign_of_life(&self, session: &Session) {
        let (now, coarse) = (self.0.clock.now(), self.lease() / 2);
        let noted = self.0.seen.get(&session.id).unwrap_or(session.last_seen);
        if now.since(noted.max(session.last_seen)) < coarse {
            return;
        }
        self.0.seen.insert(session.id.clone(), now);
        // Should it fail, the next lease writes it.
        drop(self.0.store.touch_session(&session.id, now));
    }

    /// How long a lease is at most.
    fn lease(&self) -> Duration {
        self.0.settings.lease.min(self.0.settings.idle / 2)
    }

    /// Notes that a session was used for a route.
    pub async fn note_route(&self, session: &SessionId, route: &str) -> Result<(), SessionError> {
        let now = self.0.clock.now();
        Ok(self.0.store.note_route(session, route, now).await?)
    }

    /// Ends a session everywhere: its leases, grants, and whatever it has open. `false` when it had
    /// already ended.
    pub async fn end(&self, session: &SessionId) -> Result<bool, SessionError> {
        Ok(self
            .0
            .store
            .end_session(session, self.0.clock.now())
            .await?)
    }

    /// Ends every session of a user.
    pub async fn end_all_of(&self, user: &UserId) -> Result<Vec<SessionId>, SessionError> {
        Ok(self
            .0
            .store
            .end_sessions_of(user, self.0.clock.now())
            .await?)
    }

    /// Ends up to `most` sessions that are past their time; how many.
    pub async fn expire(&self, most: usize) -> Result<usize, StoreError> {
        let (now, life) = (self.0.clock.now(), &self.0.settings);
        let (idle, old) = (now.minus(life.idle), now.minus(life.max));
        self.0.store.end_expired(idle, old, most).await
    }

    /// Registers something that stays open under a lease: it is closed when the session ends, or its
    /// user changes.
    pub fn watch(&self, lease: &Lease) -> LiveGuard {
        let remaining = lease.ends.since(self.0.clock.now());
        self.0.live.watch(&lease.session, &lease.user, remaining)
    }

    /// Watches something that `user` opened with an access token, or a client with its own. A token
    /// may run out meanwhile, as a lease may: what was let in goes on, for a day at most.
    pub fn watch_token(
        &self,
        token: &TokenId,
        origin: TokenOrigin<'_>,
        user: Option<&UserId>,
    ) -> LiveGuard {
        const LONGEST: Duration = Duration::from_hours(24);
        self.0.live.watch_token(token, origin, user, LONGEST)
    }

    /// What is open, by session.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// What is void before its time.
    pub fn revocations(&self) -> &Revocations {
        &self.0.revocations
    }

    /// How long sessions live.
    pub fn settings(&self) -> &SessionSettings {
        &self.0.settings
    }

    fn ends(&self, session: &Session) -> Timestamp {
        session.created.plus(self.0.settings.max)
    }
}

#[cfg(test)]
mod tests;
