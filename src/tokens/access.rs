//! Access tokens: JWTs by RFC 9068, signed with our own fast key, read back strictly.

use serde::Serialize;

use super::subject::{Behind, Named};
use super::{Authorization, Terms, TokenError};
use crate::base::encoding::base64url;
use crate::base::{ClientId, GrantId, Rng, ScopeSet, SessionId, TenantId, Timestamp, UserId};
use crate::keys::{Audience, Expected, Expiry, JwtRejected, JwtType, KeyRing, Sealer, SigningKey};

/// RFC 9068 2.2, and what revocation needs: session and grant.
#[derive(Serialize)]
struct AccessClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    // No resource was named, so the token is for the issuer itself: userinfo (RFC 9068 3).
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    scope: String,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    grant_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    userinfo_claims: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dw_ref: Option<&'a str>,
}

/// What a verified access token says.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// Who it is about.
    pub user: UserId,
    /// Who presents it.
    pub client: ClientId,
    /// What it came from.
    pub grant: GrantId,
    /// The session, unless the grant outlives it.
    pub session: Option<SessionId>,
    /// The tenant it was given in.
    pub tenant: Option<TenantId>,
    /// What it allows.
    pub scopes: ScopeSet,
    /// Single claims that userinfo gives for it besides those of the scopes.
    pub userinfo_claims: Vec<String>,
    /// When it was made; whole seconds.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

pub(super) fn mint(
    key: &SigningKey,
    terms: &Terms,
    (authorization, named): (&Authorization, &Named),
    scopes: &ScopeSet,
    now: Timestamp,
    rng: &Rng,
) -> Result<String, TokenError> {
    let grant = authorization.row();
    let claims = AccessClaims {
        iss: &terms.url,
        sub: &named.sub,
        aud: &terms.url,
        exp: now.plus(terms.access_token).seconds(),
        iat: now.seconds(),
        jti: base64url(rng.bytes::<16>()?),
        client_id: grant.client.as_str(),
        scope: scopes.to_string(),
        auth_time: grant.auth_time.seconds(),
        sid: named.sid.as_deref(),
        grant_id: grant.id.as_str(),
        userinfo_claims: grant.extent.claims.userinfo.keys().map(|c| &**c).collect(),
        tenant_sub: terms
            .catalogue
            .tenant(grant.tenant.as_ref())
            .map(|tenant| tenant.uuid.as_str()),
        dw_ref: named.behind.as_deref(),
    };
    Ok(key.sign_jwt(JwtType::Access, &claims)?)
}

/// Reads an access token that the issuer signed for `audience`.
pub(super) fn verify(
    (ring, sealer): (&KeyRing, &Sealer),
    jwt: &str,
    terms: &Terms,
    audience: &str,
    now: Timestamp,
) -> Result<AccessToken, JwtRejected> {
    let expected = Expected {
        typ: JwtType::Access,
        issuer: &terms.url,
        audience: Audience::Is(audience),
        expiry: Expiry::Enforced,
    };
    let claims = ring.verify(jwt, &expected, now)?;
    let text = |name| claims.text(name).ok_or(JwtRejected::Claim);
    let client = text("client_id")?.into();
    let behind = Behind::read(sealer, &terms.issuer, &client, &claims).ok_or(JwtRejected::Claim)?;
    let tenant = match claims.text("tenant_sub") {
        // A tenant that is gone takes its tokens along.
        Some(uuid) => Some(
            terms
                .catalogue
                .tenant_called(uuid)
                .ok_or(JwtRejected::Claim)?
                .id
                .clone(),
        ),
        None => None,
    };
    Ok(AccessToken {
        tenant,
        user: behind.user,
        session: behind.session,
        client,
        grant: text("grant_id")?.into(),
        scopes: ScopeSet::parse(text("scope")?).map_err(|_| JwtRejected::Claim)?,
        userinfo_claims: claims.texts("userinfo_claims"),
        issued: claims.issued_at,
        expires: claims.expires,
    })
}
