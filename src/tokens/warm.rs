//! Access tokens that come again and again: verified once, and believed from memory for as long as
//! nothing that was verified has changed.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::{AccessToken, Terms, TokenError, TokenRejected, Tokens};
use crate::base::encoding::sha256;
use crate::base::{IssuerId, SessionId};
use crate::keys::KeyRing;
use crate::model::Amr;
use crate::session::Lease;

/// Tokens kept; about a kilobyte each.
const KEPT: usize = 16_384;

/// Tokens that were verified. Only those, so that junk drives out nothing. Cheap to clone.
#[derive(Clone)]
pub struct Warm(Arc<Cache<[u8; 32], Arc<Verified>>>);

/// A token whose signature is right, and what its grant remembers.
#[derive(Debug)]
pub struct Verified {
    /// What it says.
    pub token: AccessToken,
    /// What the person behind it proved, as a browser's session would have it; none for a client's
    /// own token. Its session is a name that no session has: a token is not its session.
    pub lease: Option<Arc<Lease>>,
    issuer: IssuerId,
    ring: Arc<KeyRing>,
}

/// Why a token is not taken, or nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It is no good.
    #[error(transparent)]
    Rejected(#[from] TokenRejected),
    /// The store is needed, and away.
    #[error(transparent)]
    Failed(#[from] TokenError),
}

impl Default for Warm {
    fn default() -> Self {
        Self(Arc::new(Cache::new(KEPT)))
    }
}

impl std::fmt::Debug for Warm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Warm(..)")
    }
}

impl Tokens {
    /// Reads an access token of the issuer, for whatever audience, and whether it still holds. The
    /// first time costs a signature and, for a person's token, one read of its grant; from then on
    /// neither. What was revoked is refused at once either way.
    pub async fn verify_warm(
        &self,
        terms: &Terms,
        jwt: &str,
        warm: &Warm,
    ) -> Result<Arc<Verified>, Unverified> {
        let ring = self.ring(terms).map_err(|_| TokenRejected::NoKey)?;
        let key = sha256(jwt);
        let known = warm
            .0
            .get(&key)
            .filter(|known| known.issuer == terms.issuer);
        if let Some(known) = &known
            && Arc::ptr_eq(&known.ring, &ring)
        {
            self.check_holds(&known.token)?;
            return Ok(Arc::clone(known));
        }
        let token = self.read_access(terms, jwt)?;
        self.check_holds(&token)?;
        let lease = match known {
            // The keys were read anew; the grant says what it said.
            Some(known) => known.lease.clone(),
            None => self.lease(&token).await?.map(Arc::new),
        };
        let verified = Arc::new(Verified {
            token,
            lease,
            issuer: terms.issuer.clone(),
            ring,
        });
        warm.0.insert(key, Arc::clone(&verified));
        Ok(verified)
    }

    /// Whether a token that was good is still. No leeway: the clock that made it is this one.
    fn check_holds(&self, token: &AccessToken) -> Result<(), TokenRejected> {
        if token.expires <= self.now() {
            return Err(TokenRejected::Jwt(crate::keys::JwtRejected::Time));
        }
        if self.revocations().voids_token(token.origin()) {
            return Err(TokenRejected::Revoked);
        }
        Ok(())
    }

    async fn lease(&self, token: &AccessToken) -> Result<Option<Lease>, Unverified> {
        let Some(user) = token.user() else {
            return Ok(None);
        };
        let at = token.auth_time.unwrap_or_default();
        Ok(Some(Lease {
            session: SessionId::new(format!("token:{}", token.id)),
            user: user.clone(),
            tenant: token.tenant.clone(),
            auth_time: at,
            seen: token.issued,
            amr: self.proven(token).await?,
            issued: token.issued,
            until: token.expires,
            // From which the beginning of a session is known: here that of the sign-in.
            ends: at.plus(self.longest_session()),
        }))
    }

    /// By what the person proved who they are; nothing, where no grant remembers it.
    async fn proven(&self, token: &AccessToken) -> Result<Vec<Amr>, Unverified> {
        let Some(id) = &token.grant else {
            return Ok(Vec::new());
        };
        let grant = self.store().load_grant(id).await;
        match grant.map_err(TokenError::from)? {
            Some(grant) if grant.revoked.is_some() => Err(TokenRejected::Revoked.into()),
            Some(grant) => Ok(grant.amr),
            None => Ok(Vec::new()),
        }
    }
}
