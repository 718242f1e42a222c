//! Tokens of issuers that are not ours and whose word is taken: verified by the keys they publish,
//! believed from memory while those keys and the token last.
//!
//! Nobody here can revoke such a token: it ends when it says, so its issuer should make it short.

mod check;
mod keys;
mod settings;
#[cfg(test)]
mod tests;

pub use keys::KeysError;
pub use settings::{GroupClaim, KeysAt, People, TrustedIssuer};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use quick_cache::sync::Cache;

use crate::base::encoding::{hex, sha256};
use crate::base::{ClientId, Clock, ScopeSet, SessionId, Timestamp, TokenId, UserId};
use crate::identity::Directory;
use crate::keys::{ForeignKeys, Jws, JwtRejected};
use crate::model::{Login, User};
use crate::outbound::Outbound;
use crate::session::Lease;
use crate::session::revocation::TokenOrigin;
use crate::store::StoreError;
use keys::TrustedKeys;

/// Tokens kept of one issuer; about two kilobytes each.
const KEPT: usize = 4096;
/// Nobody of a name is looked for again after this long: they may have been added.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// One issuer whose word is taken. Cheap to clone.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    settings: TrustedIssuer,
    keys: TrustedKeys,
    directory: Directory,
    clock: Clock,
    longest_session: Duration,
    warm: Cache<[u8; 32], Arc<Trusted>>,
}

/// A token that was verified, and what it says.
#[derive(Debug)]
pub struct Trusted {
    /// A name for it that is nobody else's token's.
    pub id: TokenId,
    /// Who presents it, as records name it: `NAME:` and the client, where it says one.
    pub client: ClientId,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// What it allows.
    pub scopes: ScopeSet,
    /// By what its person is found.
    login: Option<Login>,
    /// Its person as it describes them; used where the file says so.
    described: Arc<User>,
    auth_time: Timestamp,
    expires: Timestamp,
    read: Timestamp,
    keys: Arc<ForeignKeys>,
    lease: ArcSwapOption<Lease>,
    absent_until: AtomicI64,
}

/// Why such a token is not taken, or nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// It is no good.
    #[error(transparent)]
    Rejected(#[from] JwtRejected),
    /// Its issuer's keys cannot be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl Trusted {
    /// What ends it: nothing of ours but a gap in the feed.
    pub const fn origin(&self) -> TokenOrigin<'_> {
        TokenOrigin {
            token: Some(&self.id),
            session: None,
            grant: None,
            client: &self.client,
            issued: self.read,
        }
    }
}

impl Trust {
    /// An issuer by `settings`, whose keys are fetched through `outbound`.
    pub fn new(
        settings: TrustedIssuer,
        outbound: Outbound,
        directory: Directory,
        clock: Clock,
        longest_session: Duration,
    ) -> Self {
        let keys = TrustedKeys::new(&settings, outbound, clock.clone());
        Self(Arc::new(Inner {
            settings,
            keys,
            directory,
            clock,
            longest_session,
            warm: Cache::new(KEPT),
        }))
    }

    /// Whether its tokens are about people at all.
    pub fn is_about_people(&self) -> bool {
        self.0.settings.people != People::Nobody
    }

    /// Reads a token of the issuer. The first time costs a signature; after that nothing, for as long
    /// as the issuer publishes the same keys and the token lasts.
    pub async fn verify(&self, jwt: &str) -> Result<Arc<Trusted>, Untrusted> {
        let key = sha256(jwt);
        let now = self.0.clock.now();
        if let Some(known) = self.0.warm.get(&key)
            && self.0.keys.are_current(&known.keys, now)
        {
            check::in_time(known.expires, now)?;
            return Ok(known);
        }
        let jws = Jws::read(jwt)?;
        // Before anything is fetched: what cannot be right must not cost the issuer's server.
        let said = check::read(&self.0.settings, &jws, now)?;
        let keys = self.signed_by(&jws).await?;
        let trusted = Arc::new(self.trusted(said, keys, &key, now));
        self.0.warm.insert(key, Arc::clone(&trusted));
        Ok(trusted)
    }

    async fn signed_by(&self, jws: &Jws<'_>) -> Result<Arc<ForeignKeys>, Untrusted> {
        let allowed = &self.0.settings.algs;
        let keys = self.0.keys.load().await?;
        match keys.verify(jws, allowed) {
            Ok(()) => Ok(keys),
            // It may have just turned its keys. A wrong signature by a known one is no such sign.
            Err(JwtRejected::UnknownKey) => {
                let newer = self.0.keys.newer(&keys).await;
                let newer = newer.ok_or(JwtRejected::UnknownKey)?;
                newer.verify(jws, allowed)?;
                Ok(newer)
            }
            Err(rejected) => Err(rejected.into()),
        }
    }

    fn trusted(
        &self,
        said: check::Said,
        keys: Arc<ForeignKeys>,
        key: &[u8; 32],
        now: Timestamp,
    ) -> Trusted {
        let name = &self.0.settings.name;
        Trusted {
            id: TokenId::new(format!("{name}:{}", hex(key))),
            client: ClientId::new(format!("{name}:{}", said.client)),
            described: Arc::new(said.person(name, now)),
            audience: said.audience,
            scopes: said.scopes,
            login: said.login,
            auth_time: said.auth_time,
            expires: said.expires,
            read: now,
            keys,
            lease: ArcSwapOption::empty(),
            absent_until: AtomicI64::new(0),
        }
    }

    /// Whom the token is about, disabled or not, and what they proved: that they have it. `None` when
    /// it is about nobody whom this installation knows, or takes its word for.
    pub async fn person(
        &self,
        token: &Trusted,
    ) -> Result<Option<(Arc<User>, Arc<Lease>)>, StoreError> {
        let found = self.found(token).await?;
        let user = match (found, self.0.settings.people) {
            (Some(user), People::Known | People::Claims) => user,
            (None, People::Claims) => Arc::clone(&token.described),
            (None, People::Known) | (_, People::Nobody) => return Ok(None),
        };
        let lease = self.lease(token, &user.id);
        Ok(Some((user, lease)))
    }

    async fn found(&self, token: &Trusted) -> Result<Option<Arc<User>>, StoreError> {
        let now = self.0.clock.now();
        let absent = Timestamp::from_millis(token.absent_until.load(Ordering::Relaxed));
        let Some(login) = token.login.as_ref().filter(|_| absent <= now) else {
            return Ok(None);
        };
        let found = self.0.directory.called(login).await?;
        if found.is_none() {
            let until = now.plus(LOOK_AGAIN).millis();
            token.absent_until.store(until, Ordering::Relaxed);
        }
        Ok(found)
    }

    fn lease(&self, token: &Trusted, user: &UserId) -> Arc<Lease> {
        if let Some(lease) = token.lease.load_full()
            && lease.user == *user
        {
            return lease;
        }
        let lease = Arc::new(Lease {
            // A name that no session has: a token is not one.
            session: SessionId::new(format!("token:{}", token.id)),
            user: user.clone(),
            tenant: None,
            auth_time: token.auth_time,
            seen: token.auth_time,
            amr: Vec::new(),
            issued: token.read,
            until: token.expires,
            ends: token.auth_time.plus(self.0.longest_session),
        });
        token.lease.store(Some(Arc::clone(&lease)));
        lease
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Trust").field(&self.0.settings.name).finish()
    }
}
