//! The one that mints and redeems. Every rule about single use is a conditional statement of the
//! store's; this file only asks.

mod device;
mod direct;
mod inspect;
mod issue;
mod preview;
mod revoke;
mod rotate;
mod userinfo;

pub use direct::OnBehalf;
pub use issue::{Audience, Issued};
pub use preview::Preview;

use std::sync::Arc;

use super::access::{self, About};
use super::authorization::{Authorization, grant_of};
use super::code::{Approval, Code};
use super::id::IdToken;
use super::outcome::{Minted, Redemption};
use super::reach::{Narrowed, Reach};
use super::subject::Named;
use super::{Entitled, KeyOwner, Keyrings, Terms, TokenError};
use crate::base::{Clock, GrantId, Rng, SessionId, Timestamp};
use crate::keys::{KeyRing, Sealer, SigningKey};
use crate::model::grant::Confirmation;
use crate::model::{Client, GrantKind, User};
use crate::session::{Revocations, Sessions};
use crate::store::{Redeemed, Store};

/// Mints and redeems. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    keyrings: Keyrings,
    sessions: Sessions,
    clock: Clock,
    rng: Rng,
}

impl Tokens {
    /// What mints with these.
    pub fn new(
        store: Store,
        sealer: Sealer,
        keyrings: Keyrings,
        sessions: Sessions,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            sealer,
            keyrings,
            sessions,
            clock,
            rng,
        }))
    }

    /// The keys.
    pub fn keyrings(&self) -> &Keyrings {
        &self.0.keyrings
    }

    /// A code for what was approved.
    pub fn mint_code(&self, terms: &Terms, approval: &Approval) -> Result<String, TokenError> {
        let grant = GrantId::random(&self.0.rng)?;
        let sealed = Code::mint(approval, grant, &self.0.sealer, self.now(), terms.code)?;
        Ok(sealed)
    }

    /// Opens a code; changes nothing, so a wrong client's attempt burns nothing.
    pub fn open_code(&self, terms: &Terms, text: &str) -> Option<Code> {
        Code::open(text, &terms.issuer, &self.0.sealer, self.now())
    }

    /// Redeems a code whose client, redirect URI and verifier were checked, for what the client may
    /// still have of it. `held` is the key that refresh tokens are bound to.
    pub async fn redeem(
        &self,
        terms: &Terms,
        (code, entitled): (&Code, Entitled),
        held: Option<&Confirmation>,
    ) -> Result<Redemption, TokenError> {
        let now = self.now();
        let grant = grant_of(
            code,
            &entitled,
            &terms.issuer,
            (now, now.plus(terms.refresh_token)),
            held,
        );
        match self.0.store.redeem_grant(&grant, &code.session).await? {
            Redeemed::First => {
                let authorization = Authorization::redeemed(grant, entitled, code);
                Ok(Redemption::First(Box::new(authorization)))
            }
            Redeemed::Again => {
                self.0.store.revoke_grant(&grant.id, now).await?;
                Ok(Redemption::Again(grant.id))
            }
            Redeemed::Over => Ok(Redemption::Over),
        }
    }

    /// Mints what `authorization` allows; `narrowed` for a refresh that asks for less.
    pub fn mint(
        &self,
        terms: &Terms,
        client: &Client,
        user: &User,
        authorization: &Authorization,
        narrowed: &Narrowed,
    ) -> Result<Minted, TokenError> {
        let now = self.now();
        let granted = authorization.scopes();
        let scopes = match &narrowed.scopes {
            None => granted.clone(),
            Some(asked) => asked.intersection(granted),
        };
        let resources = narrowed.resources.as_deref();
        let resources = resources.unwrap_or(authorization.entitled().resources());
        let reach = Reach::new(terms, &scopes, resources);
        let ring = self.ring(terms)?;
        let signer = |alg| ring.signer(alg, now).ok_or(TokenError::NoKey);

        let key = signer(Terms::ACCESS_ALG)?;
        let named = self.named(
            terms,
            client,
            authorization,
            authorization.row().session.as_ref(),
        )?;
        let whom = (authorization, &named);
        let access_token = self.access_token(key, terms, whom, &reach, now)?;
        let id_token = if scopes.contains("openid") {
            let token = IdToken {
                terms,
                client,
                user,
                authorization,
                named: &self.named(terms, client, authorization, authorization.session())?,
                scopes: &scopes,
                access_token: Some(&access_token),
                code: None,
                now,
            };
            Some(token.sign(signer(terms.id_token_alg(client))?)?)
        } else {
            None
        };
        // To a client that may not use it, it would only be one more thing to lose.
        let refreshes = client.flows.grant(GrantKind::RefreshToken);
        let refresh_token = refreshes.then(|| self.refresh_token(authorization));
        Ok(Minted {
            refresh_token: refresh_token.transpose()?,
            expires_in: reach.life,
            access_token,
            id_token,
            scopes: reach.answered,
        })
    }

    fn access_token(
        &self,
        key: &SigningKey,
        terms: &Terms,
        (authorization, named): (&Authorization, &Named),
        reach: &Reach,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let grant = authorization.row();
        let for_userinfo = reach.audience.contains(&terms.url);
        let single = authorization.entitled().claims().userinfo.keys();
        let draft = access::Draft {
            terms,
            client: &grant.client,
            reach,
            about: About {
                sub: &named.sub,
                sid: named.sid.as_deref(),
                behind: named.behind.as_deref(),
                grant: Some(&grant.id),
                tenant: grant.tenant.as_ref(),
                auth_time: Some(grant.auth_time),
                userinfo_claims: single.filter(|_| for_userinfo).cloned().collect(),
                bound_to: authorization.bound_to(),
            },
            actor: None,
            now,
        };
        draft.sign(key, &self.0.rng)
    }

    fn named(
        &self,
        terms: &Terms,
        client: &Client,
        authorization: &Authorization,
        session: Option<&SessionId>,
    ) -> Result<Named, TokenError> {
        let user = authorization.user();
        Ok(Named::new(self.sealer(), terms, client, user, session)?)
    }

    pub(super) fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn revocations(&self) -> &Revocations {
        self.0.sessions.revocations()
    }

    pub(super) fn longest_session(&self) -> std::time::Duration {
        self.0.sessions.settings().max
    }

    pub(super) fn rng(&self) -> &Rng {
        &self.0.rng
    }

    pub(super) fn ring(&self, terms: &Terms) -> Result<Arc<KeyRing>, TokenError> {
        self.0.keyrings.ring(&KeyOwner::issuer_name(&terms.issuer))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(..)")
    }
}
