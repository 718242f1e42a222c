//! Access tokens: JWTs by RFC 9068, signed with our own fast key, read back strictly.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::subject::Behind;
use super::{Reach, Terms, TokenError};
use crate::base::{
    ClientId, GrantId, Rng, ScopeSet, SessionId, TenantId, Timestamp, TokenId, UserId,
};
use crate::keys::{
    Audience, Claims, Expected, Expiry, JwtRejected, JwtType, KeyRing, Sealer, SigningKey,
};
use crate::model::grant::Confirmation;
use crate::session::revocation::TokenOrigin;

/// In front of a client's id in `sub`, so that no client is ever taken for a person whose id is
/// the same (RFC 9700 4.15).
const CLIENT: &str = "client:";

/// RFC 9068 2.2, and what revocation needs: session and grant.
#[derive(Serialize)]
struct AccessClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: OneOrMany<'a>,
    exp: i64,
    iat: i64,
    jti: &'a TokenId,
    client_id: &'a ClientId,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<&'a GrantId>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    userinfo_claims: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dw_ref: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a Actor>,
    // RFC 7800 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<&'a Confirmation>,
}

/// A list of one is written as a text, which is what most readers expect (RFC 7519 4.1.3).
#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany<'a> {
    One(&'a str),
    Many(&'a [String]),
}

impl<'a> OneOrMany<'a> {
    fn of(list: &'a [String]) -> Self {
        match list {
            [only] => Self::One(only),
            [] | [_, _, ..] => Self::Many(list),
        }
    }
}

/// Whom an access token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person.
    User(UserId),
    /// Nobody but the client that presents it.
    Client,
}

/// Who acts for the person (RFC 8693 4.1), and who before that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The client, by its id.
    pub sub: String,
    /// For whom it got the token it exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

/// What a verified access token says.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// `jti`.
    pub id: TokenId,
    /// `sub`, as its readers see it.
    pub sub: String,
    /// Who that is.
    pub subject: Subject,
    /// Who presents it.
    pub client: ClientId,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// What it came from; none when the client was given it for itself.
    pub grant: Option<GrantId>,
    /// The session, unless the grant outlives it.
    pub session: Option<SessionId>,
    /// The tenant it was given in.
    pub tenant: Option<TenantId>,
    /// When the person proved who they are.
    pub auth_time: Option<Timestamp>,
    /// Whether only the holder of a key may present it (`cnf`, RFC 7800).
    pub bound: bool,
    /// Who acts for the person, if it was exchanged.
    pub actor: Option<Actor>,
    /// What it allows.
    pub scopes: ScopeSet,
    /// Single claims that userinfo gives for it besides those of the scopes.
    pub userinfo_claims: Vec<String>,
    /// The key or certificate without which it is worth nothing.
    pub confirmation: Option<Confirmation>,
    /// When it was made: what revocation goes by.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

impl AccessToken {
    /// The person it is about, if it is about one.
    pub const fn user(&self) -> Option<&UserId> {
        match &self.subject {
            Subject::User(user) => Some(user),
            Subject::Client => None,
        }
    }

    /// Where it came from: what revocation goes by.
    pub fn origin(&self) -> TokenOrigin<'_> {
        TokenOrigin {
            token: Some(&self.id),
            session: self.session.as_ref(),
            grant: self.grant.as_ref(),
            client: &self.client,
            issued: self.issued,
        }
    }
}

/// `sub` of what a client is given for itself.
pub(super) fn client_sub(client: &ClientId) -> String {
    format!("{CLIENT}{client}")
}

/// An access token in the making.
pub(super) struct Draft<'a> {
    pub terms: &'a Terms,
    pub client: &'a ClientId,
    pub reach: &'a Reach,
    pub about: About<'a>,
    pub actor: Option<&'a Actor>,
    pub now: Timestamp,
}

/// Whom it is about, where it comes from, and what it is bound to.
#[derive(Default)]
pub(super) struct About<'a> {
    pub sub: &'a str,
    pub sid: Option<&'a str>,
    pub behind: Option<&'a str>,
    pub grant: Option<&'a GrantId>,
    pub tenant: Option<&'a TenantId>,
    pub auth_time: Option<Timestamp>,
    pub userinfo_claims: Vec<String>,
    pub bound_to: Option<&'a Confirmation>,
}

impl Draft<'_> {
    pub fn sign(&self, key: &SigningKey, rng: &Rng) -> Result<String, TokenError> {
        let about = &self.about;
        let tenant = self.terms.catalogue.tenant(about.tenant);
        let claims = AccessClaims {
            iss: &self.terms.url,
            sub: about.sub,
            aud: OneOrMany::of(&self.reach.audience),
            exp: self.now.plus(self.reach.life).seconds(),
            iat: self.now.seconds(),
            jti: &TokenId::made_at(self.now, rng)?,
            client_id: self.client,
            scope: self.reach.scopes.to_string(),
            auth_time: about.auth_time.map(Timestamp::seconds),
            sid: about.sid,
            grant_id: about.grant,
            userinfo_claims: &about.userinfo_claims,
            tenant_sub: tenant.map(|tenant| tenant.uuid.as_str()),
            dw_ref: about.behind,
            act: self.actor,
            cnf: about.bound_to,
        };
        Ok(key.sign_jwt(JwtType::Access, &claims)?)
    }
}

/// Reads an access token of the issuer, for whomever it is.
pub(super) fn read(
    (ring, sealer): (&KeyRing, &Sealer),
    jwt: &str,
    terms: &Terms,
    now: Timestamp,
) -> Result<AccessToken, JwtRejected> {
    let expected = Expected {
        typ: JwtType::Access,
        issuer: &terms.url,
        audience: Audience::LeftToCaller,
        expiry: Expiry::Enforced,
    };
    let claims = ring.verify(jwt, &expected, now)?;
    let text = |name| claims.text(name).ok_or(JwtRejected::Claim);
    let client: ClientId = text("client_id")?.into();
    let (subject, session) = subject(sealer, terms, &client, &claims)?;
    let actor = match claims.members().get("act") {
        None => None,
        Some(act) => Some(Actor::deserialize(act).map_err(|_| JwtRejected::Claim)?),
    };
    let id = TokenId::from(text("jti")?);
    Ok(AccessToken {
        sub: claims.sub.clone(),
        subject,
        client,
        audience: claims.audiences.clone(),
        grant: claims.text("grant_id").map(GrantId::from),
        session,
        tenant: tenant(terms, &claims)?,
        auth_time: claims.time("auth_time"),
        bound: claims.members().contains_key("cnf"),
        actor,
        scopes: ScopeSet::parse(text("scope")?).map_err(|_| JwtRejected::Claim)?,
        userinfo_claims: claims.texts("userinfo_claims"),
        confirmation: confirmation(&claims)?,
        issued: made(&id, claims.issued_at),
        id,
        expires: claims.expires,
    })
}

/// `iat` has whole seconds; what happened in the same second, and before, ends nothing.
fn made(id: &TokenId, iat: Timestamp) -> Timestamp {
    let exact = id.made();
    exact
        .filter(|at| at.seconds() == iat.seconds())
        .unwrap_or(iat)
}

/// A `cnf` that is not understood makes the token worth nothing: it was bound to something.
fn confirmation(claims: &Claims) -> Result<Option<Confirmation>, JwtRejected> {
    let cnf = claims.members().get("cnf").map(Confirmation::deserialize);
    cnf.transpose().map_err(|_| JwtRejected::Claim)
}

/// A tenant that is gone takes its tokens along.
fn tenant(terms: &Terms, claims: &Claims) -> Result<Option<TenantId>, JwtRejected> {
    let Some(uuid) = claims.text("tenant_sub") else {
        return Ok(None);
    };
    let tenant = terms.catalogue.tenant_called(uuid);
    let tenant = tenant.ok_or(JwtRejected::Claim)?;
    Ok(Some(tenant.id.clone()))
}

/// A client's own token names the client as subject, marked as one, and no person's login; a
/// person's token has a grant and the time of that login. Nothing is both or neither.
fn subject(
    sealer: &Sealer,
    terms: &Terms,
    client: &ClientId,
    claims: &Claims,
) -> Result<(Subject, Option<SessionId>), JwtRejected> {
    let persons = ["grant_id", "auth_time"].map(|name| claims.members().get(name));
    if claims.sub.starts_with(CLIENT) {
        let whole = claims.sub == client_sub(client) && persons == [None::<&Value>; 2];
        return if whole {
            Ok((Subject::Client, None))
        } else {
            Err(JwtRejected::Claim)
        };
    }
    if persons.iter().any(Option::is_none) {
        return Err(JwtRejected::Claim);
    }
    let behind = Behind::read(sealer, &terms.issuer, client, claims).ok_or(JwtRejected::Claim)?;
    Ok((Subject::User(behind.user), behind.session))
}
