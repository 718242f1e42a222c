//! The signed assertion that a protected app receives about the person behind a request. It is for
//! one route, lives for a minute, and says what identity headers say, in a form nobody can forge.

use std::time::Duration;

use serde::Serialize;

use super::{KeyOwner, Keyrings, TokenError};
use crate::base::encoding::base64url;
use crate::base::{RouteId, SessionId, Timestamp};
use crate::keys::JwtType;
use crate::model::{Algorithm, Amr, User};

/// Whom an assertion is about, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// `iss`: the site's public URL.
    pub issuer: &'a str,
    /// `aud`: the route, so that one app cannot show it to another.
    pub route: &'a RouteId,
    /// The person.
    pub user: &'a User,
    /// The session.
    pub session: &'a SessionId,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub amr: &'a [Amr],
    /// `iat`.
    pub issued: Timestamp,
    /// How long after that it expires.
    pub life: Duration,
}

#[derive(Serialize)]
struct AssertionClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    auth_time: i64,
    amr: Vec<&'static str>,
    preferred_username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'a str>,
}

impl Keyrings {
    /// Signs an assertion.
    pub fn assertion(&self, about: &About<'_>) -> Result<String, TokenError> {
        let email = about
            .user
            .email
            .as_deref()
            .filter(|email| !email.is_empty());
        let claims = AssertionClaims {
            iss: about.issuer,
            aud: about.route.as_str(),
            sub: about.user.id.as_str(),
            sid: about.session.as_str(),
            iat: about.issued.seconds(),
            exp: about.issued.plus(about.life).seconds(),
            jti: base64url(self.rng().bytes::<16>()?),
            auth_time: about.auth_time.seconds(),
            amr: about.amr.iter().copied().map(Amr::as_str).collect(),
            preferred_username: &about.user.username,
            name: &about.user.name,
            email,
            email_verified: email.map(|_| about.user.email_verified),
            groups: about.user.groups.iter().map(AsRef::as_ref).collect(),
        };
        let ring = self.ring(KeyOwner::GATEWAY)?;
        let key = ring
            .signer(Algorithm::ES256, about.issued)
            .ok_or(TokenError::NoKey)?;
        Ok(key.sign_jwt(JwtType::Identity, &claims)?)
    }
}
