//! What a client would get for somebody, by the code that mints; nothing is stored.

use serde_json::{Map, Value, json};

use super::{Audience, Tokens};
use crate::base::encoding::from_base64url;
use crate::base::{GrantId, ScopeSet, SessionId, TenantId};
use crate::model::{Amr, Client, Extent, Grant, User};
use crate::tokens::{AccessToken, Authorization, Entitled, Narrowed, Terms, TokenError};

/// The claims of what a client would get. Times, ids and hashes are examples.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The ID token, when `openid` is among the scopes.
    pub id_token: Option<Map<String, Value>>,
    /// The access token.
    pub access_token: Map<String, Value>,
    /// Userinfo, when the access token is for it.
    pub userinfo: Option<Map<String, Value>>,
}

impl Tokens {
    /// What the client would get after a login by password, now; `None` when these scopes give it
    /// nothing.
    pub fn preview(
        &self,
        audience: Audience<'_>,
        scopes: &ScopeSet,
        tenant: Option<TenantId>,
    ) -> Result<Option<Preview>, TokenError> {
        let Audience {
            terms,
            client,
            user,
        } = audience;
        let now = self.now();
        let Some(entitled) = Entitled::of(terms, client, scopes, &Extent::default()) else {
            return Ok(None);
        };
        let grant = Grant {
            id: GrantId::random(&self.0.rng)?,
            issuer: terms.issuer.clone(),
            client: client.id.clone(),
            user: user.id.clone(),
            session: Some(SessionId::random(&self.0.rng)?),
            tenant,
            scopes: scopes.clone(),
            extent: Extent::default(),
            auth_time: now,
            amr: vec![Amr::Pwd],
            created: now,
            expires: now.plus(terms.access_token),
            generation: 0,
            rotated: None,
            revoked: None,
        };
        let authorization = Authorization::approved(grant, entitled, None);
        let minted = self.mint(terms, client, user, &authorization, &Narrowed::default())?;
        // Not for userinfo when it is for an API alone.
        let for_userinfo = self
            .verify_access(terms, &minted.access_token, &terms.url)
            .ok()
            .filter(|token| token.scopes.contains("openid"));
        Ok(Some(Preview {
            id_token: minted.id_token.as_deref().map(said_by).transpose()?,
            access_token: said_by(&minted.access_token)?,
            userinfo: for_userinfo.map(|token| self.userinfo(terms, client, user, &token)),
        }))
    }

    /// What userinfo says to the client that presents `token`, which is about `user` (OpenID
    /// Connect Core 5.3).
    pub fn userinfo(
        &self,
        terms: &Terms,
        client: &Client,
        user: &User,
        token: &AccessToken,
    ) -> Map<String, Value> {
        let sub = self.subject(terms, client, &user.id);
        let whom = terms.catalogue.whom(user, &sub, token.tenant.as_ref());
        // As the client is registered now, not when the token was made.
        let scopes = token.scopes.intersection(&client.scopes);
        let mut said = terms.catalogue.about(&whom, &scopes);
        let single = token.userinfo_claims.iter().map(String::as_str);
        let single = single.filter(|claim| terms.catalogue.may_say(&client.scopes, claim));
        said.extend(terms.catalogue.asked(&whom, single));
        said.under([("sub", json!(sub))])
    }
}

/// The claims of a token that was signed just now.
fn said_by(jwt: &str) -> Result<Map<String, Value>, TokenError> {
    jwt.split('.')
        .nth(1)
        .and_then(from_base64url)
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or(TokenError::Corrupt)
}
