//! What is signed for apps: assertions by the gateway's key, access tokens by an issuer's.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::IssuerId;
use crate::config::Settings;
use crate::gateway::RouteToken;
use crate::gateway::assertion::{AssertionClaims, Sign};
use crate::tokens::{Keyrings, Terms, TokenError, assertion, route_token};

/// Signs by the keys of this process.
pub(super) fn sign(keyrings: Keyrings, settings: &Settings) -> Sign {
    let site = settings.site.public_url.clone();
    let issuers = settings.issuers.iter();
    let terms: HashMap<IssuerId, Terms> = issuers
        .map(|issuer| (issuer.id.clone(), Terms::from(issuer)))
        .collect();
    Arc::new(move |claims| {
        let signed = match claims.token {
            None => keyrings.assertion(&about(&site, claims)),
            Some(token) => access_token(&keyrings, &terms, claims, token),
        };
        signed
            .inspect_err(|error| tracing::error!(%error, "nothing was signed for an app"))
            .ok()
    })
}

const fn about<'a>(site: &'a str, claims: &AssertionClaims<'a>) -> assertion::About<'a> {
    assertion::About {
        issuer: site,
        route: claims.route,
        user: claims.user,
        session: claims.session,
        auth_time: claims.auth_time,
        amr: claims.amr,
        issued: claims.issued,
        life: claims.life,
    }
}

fn access_token(
    keyrings: &Keyrings,
    terms: &HashMap<IssuerId, Terms>,
    claims: &AssertionClaims<'_>,
    token: &RouteToken,
) -> Result<String, TokenError> {
    let terms = terms.get(&token.issuer).ok_or(TokenError::NoKey)?;
    keyrings.route_token(&route_token::About {
        terms,
        route: claims.route,
        audience: &token.audience,
        scopes: &token.scopes,
        user: &claims.user.id,
        session: claims.session,
        auth_time: claims.auth_time,
        issued: claims.issued,
        life: claims.life,
    })
}
