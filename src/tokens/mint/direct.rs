//! Access tokens that no grant of their own stands behind: a client's own (RFC 6749 4.4), and those
//! that act for a person on the strength of another token (RFC 8693) or of a session.

use super::Tokens;
use crate::base::{ClientId, GrantId, SessionId, TenantId, Timestamp, UserId};
use crate::model::Client;
use crate::model::grant::Confirmation;
use crate::tokens::access::{self, About, Actor, client_sub};
use crate::tokens::subject::Named;
use crate::tokens::{AccessToken, Minted, Reach, Terms, TokenError};

/// The most clients that act one for another in one token.
const LONGEST_CHAIN: usize = 4;

/// For whom a client acts. What ends the grant or the session ends its tokens, too.
#[derive(Clone, Debug)]
pub struct OnBehalf {
    user: UserId,
    session: Option<SessionId>,
    grant: GrantId,
    tenant: Option<TenantId>,
    auth_time: Timestamp,
    expires: Timestamp,
    actor: Actor,
}

impl OnBehalf {
    /// The tenant that the person's own token was given in.
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// `client` for the person whom a verified `token` is about; `None` when it is about nobody, or
    /// went through too many hands already.
    pub fn of(token: &AccessToken, client: &ClientId) -> Option<Self> {
        let actor = Actor {
            sub: client_sub(client),
            act: token.actor.clone().map(Box::new),
        };
        if std::iter::successors(Some(&actor), |actor| actor.act.as_deref()).count() > LONGEST_CHAIN
        {
            return None;
        }
        Some(Self {
            user: token.user()?.clone(),
            session: token.session.clone(),
            grant: token.grant.clone()?,
            tenant: token.tenant.clone(),
            auth_time: token.auth_time?,
            expires: token.expires,
            actor,
        })
    }

    /// The person.
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// In which session, unless the grant outlives it.
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }
}

impl Tokens {
    /// What `client`, which proved itself, is given for itself, in a tenant or in none.
    pub fn mint_for_client(
        &self,
        terms: &Terms,
        (client, sender): (&Client, Option<&Confirmation>),
        tenant: Option<&TenantId>,
        reach: &Reach,
    ) -> Result<Minted, TokenError> {
        let sub = client_sub(&client.id);
        let draft = access::Draft {
            terms,
            client: &client.id,
            reach,
            about: About {
                sub: &sub,
                tenant,
                bound_to: sender,
                ..About::default()
            },
            actor: None,
            now: self.now(),
        };
        self.minted(&draft)
    }

    /// What `client` is given to act for a person at a resource; never for longer than what that
    /// rests on.
    pub fn mint_for_resource(
        &self,
        terms: &Terms,
        (client, sender): (&Client, Option<&Confirmation>),
        on_behalf: &OnBehalf,
        reach: Reach,
    ) -> Result<Minted, TokenError> {
        let now = self.now();
        let reach = Reach {
            life: reach.life.min(on_behalf.expires.since(now)),
            ..reach
        };
        let (user, session) = (&on_behalf.user, on_behalf.session.as_ref());
        let named = Named::new(self.sealer(), terms, client, user, session)?;
        let draft = access::Draft {
            terms,
            client: &client.id,
            reach: &reach,
            about: About {
                sub: &named.sub,
                sid: named.sid.as_deref(),
                behind: named.behind.as_deref(),
                grant: Some(&on_behalf.grant),
                tenant: on_behalf.tenant.as_ref(),
                auth_time: Some(on_behalf.auth_time),
                userinfo_claims: Vec::new(),
                bound_to: sender,
            },
            actor: Some(&on_behalf.actor),
            now,
        };
        self.minted(&draft)
    }

    fn minted(&self, draft: &access::Draft<'_>) -> Result<Minted, TokenError> {
        let ring = self.ring(draft.terms)?;
        let key = ring.signer(Terms::ACCESS_ALG, draft.now);
        let access_token = draft.sign(key.ok_or(TokenError::NoKey)?, &self.0.rng)?;
        Ok(Minted {
            access_token,
            expires_in: draft.reach.life,
            id_token: None,
            refresh_token: None,
            scopes: draft.reach.answered.clone(),
        })
    }
}
