//! Tokens at routes: access tokens (RFC 6750, RFC 9068), and standing ones of people and services. A
//! request that presents one is judged by it alone.
//!
//! A token and a session are two ways to say who asks. Where both come, the token decides, and a
//! wrong one is refused: nobody passes by the cookie who meant to pass by the token.

mod decide;
pub mod metadata;
mod present;
mod refuse;
mod settings;
mod standing;
mod token;
mod trusted;

pub(super) use present::standing_password;
pub(super) use refuse::unauthorized;
pub use settings::{AccessTokens, BearerSettings, TrustedTokens};
pub use token::Token;

use std::collections::HashMap;
use std::sync::Arc;

use super::admit::Person;
use super::asked::Asked;
use crate::base::{Clock, IssuerId, RouteId, UserId};
use crate::identity::{Clients, Directory};
use crate::model::grant::Confirmation;
use crate::model::{Amr, Client, User};
use crate::store::{Store, StoreError};
use crate::tokens::dpop::{self, DpopError, Proof};
use crate::tokens::{
    AccessToken, StandingTokens, Terms, TokenError, Tokens, Trust, Unverified, Verified, Warm,
    acts_in, admits, is_choosy, reach,
};
use crate::web::Scheme;
use present::{Access, Presented};
use refuse::Refused;

/// What judges tokens. Cheap to clone.
#[derive(Clone)]
pub struct Bearers(Arc<Parts>);

/// What [`Bearers`] is made of.
pub struct Parts {
    /// The issuers of this process.
    pub terms: HashMap<IssuerId, Terms>,
    /// What verifies.
    pub tokens: Tokens,
    /// What was verified.
    pub warm: Warm,
    /// Tokens of people and services.
    pub standing: StandingTokens,
    /// Issuers that are not ours, by their names.
    pub trusted: HashMap<String, Trust>,
    /// Registered apps.
    pub clients: Clients,
    /// Who exists.
    pub directory: Directory,
    /// Where proofs are spent.
    pub store: Store,
    /// Time.
    pub clock: Clock,
}

/// Who asks, by a token that is good for the route.
#[derive(Debug)]
pub struct Bearing {
    /// The token.
    pub token: Token,
    /// The person it is about; none when the client asks for itself.
    pub person: Option<Person>,
}

impl Bearers {
    /// From its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Judges the token that `asked` presents to a route with these settings, whose address is
    /// `url` as clients know it.
    async fn admit(
        &self,
        (route, settings): (&RouteId, &BearerSettings),
        presented: Presented<'_>,
        asked: &Asked<'_>,
        url: impl FnOnce() -> String,
    ) -> Result<Bearing, Refused> {
        match presented {
            Presented::Access(access) => match &settings.trusted {
                Some(taken) => self.admit_trusted(settings, taken, access).await,
                None => self.admit_access(settings, access, asked, url).await,
            },
            Presented::Standing(text) => self.admit_standing(route, settings, text).await,
            Presented::Password(text) => self.admit_standing(route, settings, &text).await,
        }
    }

    async fn admit_access(
        &self,
        settings: &BearerSettings,
        access: Access<'_>,
        asked: &Asked<'_>,
        url: impl FnOnce() -> String,
    ) -> Result<Bearing, Refused> {
        let own = settings.access.as_ref().ok_or(Refused::Token)?;
        let terms = self.0.terms.get(&own.issuer).ok_or(Refused::Token)?;
        let tokens = &self.0.tokens;
        let verified = tokens.verify_warm(terms, access.token, &self.0.warm);
        let verified = verified.await?;
        let token = &verified.token;
        if !token.audience.contains(&own.audience) {
            return Err(Refused::Token);
        }
        let client = self.client(terms, &own.audience, &verified).await?;
        let person = self.person(&client, &verified).await?;
        check_scopes(settings, token, &client)?;
        if person.is_none() && !settings.clients {
            return Err(Refused::ClientAlone);
        }
        // Last, because what may be shown once is used up by it.
        self.check_holder(token, access, asked, url).await?;
        Ok(Bearing {
            token: Token::Access(verified),
            person,
        })
    }

    /// The client, while it is registered, not suspended, open to this audience, and serves the
    /// tenant that the token is of.
    async fn client(
        &self,
        terms: &Terms,
        audience: &str,
        verified: &Verified,
    ) -> Result<Arc<Client>, Refused> {
        let token = &verified.token;
        let client = self.0.clients.load(&terms.issuer, &token.client).await?;
        let client = client.ok_or(Refused::Token)?;
        let open = reach::is_open_to(terms, &client, audience);
        let tenant = token.tenant.as_ref();
        let amr = verified.lease.as_ref().map(|lease| lease.amr.as_slice());
        let served = token.user().is_some() || tenant.is_none() || acts_in(&client, tenant);
        if open && served && takes(terms, token, amr) {
            Ok(client)
        } else {
            Err(Refused::Token)
        }
    }

    async fn person(
        &self,
        client: &Client,
        verified: &Verified,
    ) -> Result<Option<Person>, Refused> {
        let Some(lease) = &verified.lease else {
            return Ok(None);
        };
        let user = self.user(&lease.user).await?;
        let tenant = verified.token.tenant.as_ref();
        let welcome = |user: &Arc<User>| !user.disabled && admits(client, user, tenant);
        let user = user.filter(welcome).ok_or(Refused::Token)?;
        let lease = Arc::clone(lease);
        Ok(Some(Person { user, lease }))
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        match self.0.directory.cached(id) {
            Some(user) => Ok(Some(user)),
            None => self.0.directory.person(id).await,
        }
    }

    /// A token that is bound to a key or a certificate is worth nothing without (RFC 9449 7.1,
    /// RFC 8705 3).
    async fn check_holder(
        &self,
        token: &AccessToken,
        access: Access<'_>,
        asked: &Asked<'_>,
        url: impl FnOnce() -> String,
    ) -> Result<(), Refused> {
        match (&token.confirmation, access.scheme) {
            (None, Scheme::Bearer) => Ok(()),
            (Some(Confirmation::Certificate(own)), Scheme::Bearer) => {
                let own = asked
                    .certificate
                    .is_some_and(|shown| shown.thumbprint() == *own);
                own.then_some(()).ok_or(Refused::Certificate)
            }
            (Some(Confirmation::Dpop(own)), Scheme::Dpop) => {
                let request = dpop::Asked {
                    method: asked.method.as_str(),
                    url: &url(),
                    token: Some(access.token),
                    now: self.0.clock.now(),
                };
                let proof = present::proof(asked.headers)?;
                let proof = Proof::read(proof, &request)?;
                if proof.jkt != *own {
                    return Err(Refused::Proof);
                }
                Ok(proof.spend(&self.0.store).await?)
            }
            (Some(Confirmation::Dpop(_)), Scheme::Bearer) => Err(Refused::Proof),
            (None | Some(Confirmation::Certificate(_)), Scheme::Dpop) => Err(Refused::Token),
        }
    }
}

impl std::fmt::Debug for Bearers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearers(..)")
    }
}

/// Whether the tenant takes the way in by which this person came; see `issuer`'s introspection.
fn takes(terms: &Terms, token: &AccessToken, amr: Option<&[Amr]>) -> bool {
    let Some(tenant) = terms.catalogue.tenant(token.tenant.as_ref()) else {
        return token.tenant.is_none();
    };
    !is_choosy(tenant) || amr.is_none_or(|amr| tenant.takes(amr))
}

/// What the token was given and its client may still have.
fn check_scopes(
    settings: &BearerSettings,
    token: &AccessToken,
    client: &Client,
) -> Result<(), Refused> {
    let mut needed = settings.scopes.iter();
    if needed.all(|scope| token.scopes.contains(scope) && client.scopes.contains(scope)) {
        Ok(())
    } else {
        Err(Refused::Scope)
    }
}

impl From<Unverified> for Refused {
    fn from(error: Unverified) -> Self {
        match error {
            Unverified::Rejected(_) => Self::Token,
            Unverified::Failed(error) => Self::Unknown(error),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Unknown(TokenError::Store(error))
    }
}

impl From<DpopError> for Refused {
    fn from(error: DpopError) -> Self {
        match error {
            DpopError::Store(error) => error.into(),
            DpopError::Header
            | DpopError::Signature
            | DpopError::Target
            | DpopError::Time
            | DpopError::Token
            | DpopError::Replay => Self::Proof,
        }
    }
}
