//! Access tokens that apps behind the gateway are given about whoever passes: made in process, as by
//! a token exchange (RFC 8693) for the app's own audience (RFC 8707), for the time of a request.
//!
//! The app's server verifies one as any access token of the issuer's. It has no grant: no endpoint and
//! no route of ours takes it, so that an app cannot go anywhere here in the person's name.

use std::time::Duration;

use super::access::{About as Whom, Draft};
use super::{Keyrings, Reach, Terms, TokenError};
use crate::base::{ClientId, RouteId, ScopeSet, SessionId, Timestamp, UserId};

/// Whom a token is about, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Who makes it.
    pub terms: &'a Terms,
    /// The route whose app gets it.
    pub route: &'a RouteId,
    /// `aud`.
    pub audience: &'a str,
    /// `scope`.
    pub scopes: &'a ScopeSet,
    /// `sub`.
    pub user: &'a UserId,
    /// `sid`.
    pub session: &'a SessionId,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// `iat`.
    pub issued: Timestamp,
    /// How long after that it expires.
    pub life: Duration,
}

impl Keyrings {
    /// Signs such a token.
    pub fn route_token(&self, about: &About<'_>) -> Result<String, TokenError> {
        let ring = self.ring(&super::KeyOwner::issuer_name(&about.terms.issuer))?;
        let key = ring
            .signer(Terms::ACCESS_ALG, about.issued)
            .ok_or(TokenError::NoKey)?;
        // RFC 9068 2.2 wants a client. Should one be registered under this name, it gains nothing.
        let client = ClientId::new(format!("route:{}", about.route));
        let reach = Reach {
            audience: vec![about.audience.to_owned()],
            scopes: about.scopes.clone(),
            answered: about.scopes.clone(),
            life: about.life,
        };
        let draft = Draft {
            terms: about.terms,
            client: &client,
            reach: &reach,
            about: Whom {
                sub: about.user.as_str(),
                sid: Some(about.session.as_str()),
                auth_time: Some(about.auth_time),
                ..Whom::default()
            },
            actor: None,
            now: about.issued,
        };
        draft.sign(key, self.rng())
    }
}
