//! What the authorization endpoint hands out: a code, and for clients that may have them, tokens
//! (OpenID Connect Core 3.1.2.5, 3.2.2.5, 3.3.2.5); and the signature over an answer (JARM).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Tokens;
use crate::base::{GrantId, ScopeSet, Timestamp};
use crate::keys::JwtType;
use crate::model::{Client, Grant, ResponseType, User};
use crate::store::Redeemed;
use crate::tokens::code::Code;
use crate::tokens::id::IdToken;
use crate::tokens::{Approval, Authorization, Entitled, Reach, Terms, TokenError};

/// How long a signed answer is good for: the way through one browser (JARM 2.1: at most 10 minutes).
const ANSWER: Duration = Duration::from_mins(5);

/// By whom, for whom and about whom tokens are.
#[derive(Clone, Copy)]
pub struct Audience<'a> {
    /// What the issuer promises.
    pub terms: &'a Terms,
    /// Who gets them.
    pub client: &'a Client,
    /// Whom they are about.
    pub user: &'a User,
}

/// What the authorization endpoint hands out.
pub struct Issued {
    /// The code.
    pub code: Option<String>,
    /// The access token.
    pub access_token: Option<String>,
    /// How long that is good for.
    pub expires_in: Duration,
    /// What it allows.
    pub scopes: ScopeSet,
    /// The ID token.
    pub id_token: Option<String>,
}

impl Tokens {
    /// Hands out what was approved. `None` when the session has ended meanwhile, or the client may
    /// have nothing of it any more.
    pub async fn issue(
        &self,
        audience: Audience<'_>,
        approval: &Approval,
        response_type: ResponseType,
    ) -> Result<Option<Issued>, TokenError> {
        let Audience { terms, client, .. } = audience;
        let now = self.now();
        let code = response_type.code.then(|| {
            let (grant, life) = (GrantId::random(&self.0.rng)?, terms.code_life(client));
            Code::mint(approval, grant, &self.0.sealer, now, life)
        });
        let code = code.transpose()?;
        // Not the code's grant: that one begins when the code is redeemed.
        let Some(authorization) = self.front_channel(terms, client, approval, now)? else {
            return Ok(None);
        };
        let (ring, scopes) = (self.ring(terms)?, authorization.scopes().clone());
        let reach = Reach::new(terms, &scopes, authorization.entitled().resources());
        let signer = |alg| ring.signer(alg, now).ok_or(TokenError::NoKey);
        let session = authorization.session();
        let named = self.named(terms, client, &authorization, session)?;
        let mut issued = Issued {
            code,
            access_token: None,
            expires_in: reach.life,
            scopes: reach.answered.clone(),
            id_token: None,
        };
        let given = (approval, &authorization);
        if !self.opens(audience, given, response_type).await? {
            return Ok(None);
        }
        if response_type.token {
            let key = signer(Terms::ACCESS_ALG)?;
            let whom = (&authorization, &named);
            let token = self.access_token(key, terms, whom, &reach, now)?;
            issued.access_token = Some(token);
        }
        if response_type.id_token {
            let token = IdToken {
                terms,
                client,
                user: audience.user,
                authorization: &authorization,
                named: &named,
                scopes: &scopes,
                access_token: issued.access_token.as_deref(),
                code: issued.code.as_deref(),
                now,
            };
            issued.id_token = Some(token.sign(signer(terms.id_token_alg(client))?)?);
        }
        Ok(Some(issued))
    }

    /// Notes that the session opened the client, if tokens leave with the answer: whoever learns who
    /// is here must also learn when they are gone. `false` when the session has ended meanwhile.
    async fn opens(
        &self,
        audience: Audience<'_>,
        (approval, authorization): (&Approval, &Authorization),
        response_type: ResponseType,
    ) -> Result<bool, TokenError> {
        let (store, grant) = (&self.0.store, authorization.row());
        if response_type.token {
            let begun = store.redeem_grant(grant, &approval.session).await?;
            return Ok(begun == Redeemed::First);
        }
        if response_type.id_token {
            let whom = (&audience.terms.issuer, &audience.client.id);
            let noted = store.note_client(&approval.session, whom, grant.created);
            return Ok(noted.await?);
        }
        Ok(true)
    }

    /// The grant of tokens that leave the authorization endpoint: as long as they live, and not
    /// longer than the session.
    fn front_channel(
        &self,
        terms: &Terms,
        client: &Client,
        approval: &Approval,
        now: Timestamp,
    ) -> Result<Option<Authorization>, TokenError> {
        let scopes = approval.scopes.iter();
        let scopes: ScopeSet = scopes.filter(|scope| *scope != "offline_access").collect();
        let Some(entitled) = Entitled::of(terms, client, &scopes, &approval.extent) else {
            return Ok(None);
        };
        let grant = Grant {
            id: GrantId::random(&self.0.rng)?,
            issuer: approval.issuer.clone(),
            client: approval.client.clone(),
            user: approval.user.clone(),
            session: Some(approval.session.clone()),
            tenant: approval.tenant.clone(),
            scopes,
            extent: approval.extent.clone(),
            auth_time: approval.auth_time,
            amr: approval.amr.clone(),
            created: now,
            expires: now.plus(terms.access_token),
            generation: 0,
            rotated: None,
            revoked: None,
        };
        let nonce = approval.nonce.clone();
        Ok(Some(Authorization::approved(grant, entitled, nonce)))
    }

    /// What `body` says about a token, as one JWT for `client` (RFC 9701 5). It has neither subject
    /// nor expiry of its own, so that nobody takes it for a token.
    pub fn sign_introspection(
        &self,
        terms: &Terms,
        client: &Client,
        body: &Value,
    ) -> Result<String, TokenError> {
        let now = self.now();
        let claims = json!({
            "iss": terms.url,
            "aud": client.id,
            "iat": now.seconds(),
            "token_introspection": body,
        });
        let ring = self.ring(terms)?;
        let alg = client.algs.introspection;
        let alg = alg.unwrap_or_else(|| terms.id_token_alg(client));
        let key = ring.signer(alg, now).ok_or(TokenError::NoKey)?;
        Ok(key.sign_jwt(JwtType::Introspection, &claims)?)
    }

    /// An answer of the authorization endpoint as one JWT for `client` (JARM 2.1).
    pub fn sign_answer(
        &self,
        terms: &Terms,
        client: &Client,
        answer: &[(&str, &str)],
    ) -> Result<String, TokenError> {
        let now = self.now();
        let members = answer.iter();
        let mut claims: Map<String, Value> = members
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        claims.extend([
            ("iss".to_owned(), json!(terms.url)),
            ("aud".to_owned(), json!(client.id)),
            ("exp".to_owned(), json!(now.plus(ANSWER).seconds())),
            ("iat".to_owned(), json!(now.seconds())),
        ]);
        let ring = self.ring(terms)?;
        let alg = client.algs.response;
        let alg = alg.unwrap_or_else(|| terms.id_token_alg(client));
        let key = ring.signer(alg, now).ok_or(TokenError::NoKey)?;
        Ok(key.sign_jwt(JwtType::Answer, &claims)?)
    }
}
