//! `refresh_token` (RFC 6749 6, RFC 9700 4.14): rotated at every use; used again, it ends the grant.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{GrantType, Granted, Person, Redeem, Refused, Request};
use crate::base::ScopeSet;
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::model::{Grant, GrantKind};
use crate::tokens::{Entitled, Narrowed, Refreshable, Rotation};

pub const REFRESH_TOKEN: GrantType = GrantType {
    kind: GrantKind::RefreshToken,
    look,
};

fn look<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>> {
    open(request).boxed()
}

async fn open<'a>(request: &'a Request<'a>) -> Result<Redeem<'a>, Refused> {
    let (at, params) = (request.at, request.params);
    let (terms, tokens) = (at.issuer.terms(), &at.state.tokens);
    let text = params
        .find("refresh_token")
        .ok_or_else(|| OAuthError::invalid_request("refresh_token is missing."))?;
    let refreshable = tokens.refreshable(terms, request.client, text).await?;
    let refreshable = refreshable.ok_or_else(|| Refused::invalid("unknown_refresh_token"))?;
    let grant = refreshable.grant();
    held_by_sender(request, grant)?;
    let entitled = Entitled::of_grant(terms, request.client, grant);
    let entitled = entitled.ok_or_else(|| Refused::invalid("nothing_left"))?;
    let narrowed = Narrowed {
        scopes: match params.find("scope") {
            Some(scope) => Some(fewer(scope, grant, &entitled)?),
            None => None,
        },
        resources: resource::narrowed(terms, request.client, params, &entitled)?,
    };
    Ok(rotate(request, refreshable, entitled, narrowed).boxed())
}

async fn rotate(
    request: &Request<'_>,
    refreshable: Refreshable,
    entitled: Entitled,
    narrowed: Narrowed,
) -> Result<Granted, Refused> {
    let (terms, tokens) = (request.at.issuer.terms(), &request.at.state.tokens);
    match tokens.rotate(terms, &refreshable, entitled).await? {
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
/// 4). Others prove themselves, and may change their keys.
fn held_by_sender(request: &Request<'_>, grant: &Grant) -> Result<(), Refused> {
    let key = grant.extent.confirmation.as_ref();
    match key.filter(|_| request.client.auth.is_public()) {
        Some(key) if request.sender != Some(key) => Err(Refused::invalid("another_key")),
        Some(_) | None => Ok(()),
    }
}

/// Less may be asked for, never more than was granted (RFC 6749 6). What was granted and taken from
/// the client since is left out, unless nothing else was asked for.
fn fewer(scope: &str, grant: &Grant, entitled: &Entitled) -> Result<ScopeSet, OAuthError> {
    let asked = ScopeSet::parse(scope).ok();
    asked
        .filter(|asked| asked.is_subset(&grant.scopes))
        .map(|asked| asked.intersection(entitled.scopes()))
        .filter(|asked| !asked.is_empty())
        .ok_or_else(|| OAuthError::new("invalid_scope", "scope asks for more than was granted."))
}
