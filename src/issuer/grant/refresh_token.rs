//! `refresh_token` (RFC 6749 6, RFC 9700 4.14): rotated at every use; used again, it ends the grant.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{GrantType, Granted, Person, Refused, Request};
use crate::base::ScopeSet;
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::model::{Grant, GrantKind};
use crate::tokens::{Narrowed, Rotation};

pub const REFRESH_TOKEN: GrantType = GrantType {
    kind: GrantKind::RefreshToken,
    run,
};

fn run<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Granted, Refused>> {
    rotate(request).boxed()
}

async fn rotate(request: &Request<'_>) -> Result<Granted, Refused> {
    let (at, params) = (request.at, request.params);
    let text = params
        .find("refresh_token")
        .ok_or_else(|| OAuthError::invalid_request("refresh_token is missing."))?;
    held_by_sender(request, text).await?;
    let narrowed = narrowed(request, text).await?;
    let tokens = &at.state.tokens;
    match tokens
        .rotate(at.issuer.terms(), request.client, text)
        .await?
    {
        Rotation::Authorized(authorization) => Ok(Granted::Person(Box::new(Person {
            issued: authorization.issued(),
            authorization: *authorization,
            narrowed,
        }))),
        Rotation::Reused(grant) => Err(Refused {
            user: Some(grant.user.clone()),
            revoked: Some(grant.id.clone()),
            ..Refused::invalid("refresh_token_used_again")
        }),
        Rotation::Refused => Err(Refused::invalid("unknown_refresh_token")),
    }
}

/// A public client's refresh token is bound to the key it was first given to (RFC 9449 5, RFC 8705
/// 4); looked at before the token is spent. Others prove themselves, and may change their keys.
async fn held_by_sender(request: &Request<'_>, text: &str) -> Result<(), Refused> {
    if !request.client.auth.is_public() {
        return Ok(());
    }
    let at = request.at;
    let (terms, tokens) = (at.issuer.terms(), &at.state.tokens);
    let grant = tokens.refreshable(terms, request.client, text).await?;
    let key = grant
        .as_ref()
        .and_then(|grant| grant.extent.confirmation.as_ref());
    match key {
        Some(key) if request.sender != Some(key) => Err(Refused::invalid("another_key")),
        Some(_) | None => Ok(()),
    }
}

/// Less may be asked for, never more; looked at before the token is spent.
async fn narrowed(request: &Request<'_>, text: &str) -> Result<Narrowed, Refused> {
    let (at, params) = (request.at, request.params);
    let terms = at.issuer.terms();
    if params.find("scope").is_none() && !params.has("resource") {
        return Ok(Narrowed::default());
    }
    let grant = at
        .state
        .tokens
        .refreshable(terms, request.client, text)
        .await?
        .ok_or_else(|| Refused::invalid("unknown_refresh_token"))?;
    let scopes = params.find("scope").map(|scope| fewer(scope, &grant));
    let whole = (&grant.scopes, grant.extent.resources.as_slice());
    Ok(Narrowed {
        scopes: scopes.transpose()?,
        resources: resource::narrowed(terms, request.client, params, whole)?,
    })
}

fn fewer(scope: &str, grant: &Grant) -> Result<ScopeSet, OAuthError> {
    ScopeSet::parse(scope)
        .ok()
        .filter(|asked| !asked.is_empty() && asked.is_subset(&grant.scopes))
        .ok_or_else(|| OAuthError::new("invalid_scope", "scope asks for more than was granted."))
}
