//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): an access token about a person, for
//! one that is for an API and names the client as the one who acts. Only whoever the token was given
//! to, or meant for, may exchange it, and nothing becomes wider on the way.

use std::future::ready;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Direct, GrantType, Granted, Redeem, Refused, Request};
use crate::base::ScopeSet;
use crate::issuer::clients;
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::issuer::tenant::{acts_in, takes_bearer};
use crate::model::{Client, GrantKind};
use crate::tokens::{AccessToken, Entitled, OnBehalf, Reach, Terms, reach};
use crate::web::Params;

/// The one type of token that is taken and given (RFC 8693 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub const TOKEN_EXCHANGE: GrantType = GrantType {
    kind: GrantKind::TokenExchange,
    look,
};

fn look<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>> {
    async move {
        let granted = exchange(request).await?;
        Ok(ready(Ok(granted)).boxed())
    }
    .boxed()
}

async fn exchange(request: &Request<'_>) -> Result<Granted, Refused> {
    let (at, client, params) = (request.at, request.client, request.params);
    let terms = at.issuer.terms();
    super::must_be_confidential(client)?;
    understood(params)?;
    let text = params
        .find("subject_token")
        .ok_or_else(|| OAuthError::invalid_request("subject_token is missing."))?;
    let now = at.state.clock.now();
    let token = at.state.tokens.read_access(terms, text).ok();
    let token = token
        .filter(|token| now < token.expires)
        .ok_or_else(|| unacceptable("unknown_subject_token"))?;
    if !is_held_by(terms, client, &token) {
        return Err(unacceptable("another_audience"));
    }
    if token.bound {
        // Whoever presents it cannot show the key: that stayed with whom it was given to.
        return Err(unacceptable("bound_subject_token"));
    }
    let on_behalf =
        OnBehalf::of(&token, &client.id).ok_or_else(|| unacceptable("subject_is_no_person"))?;
    let resources = targets(terms, client, params)?;
    // Switched off, suspended or gone: its tokens are worth nothing meanwhile.
    let holder = clients::find(at, &token.client).await?;
    let holder = holder.ok_or_else(|| unacceptable("client_of_subject_token"))?;
    if !acts_in(&holder, token.tenant.as_ref()) {
        return Err(unacceptable("not_in_tenant"));
    }
    if !takes_bearer(at, &token).await? {
        return Err(unacceptable("login_method"));
    }
    let held = Entitled::of_token(terms, &holder, &token);
    let held = held.ok_or_else(|| unacceptable("nothing_left"))?;
    let scopes = scopes(terms, client, (&held, &resources), params)?;
    Ok(Granted::Direct(Box::new(Direct {
        reach: Reach::new(terms, &scopes, &resources),
        on_behalf: Some(on_behalf),
        tenant: None,
    })))
}

/// RFC 8693 2.1: types are said, and what is not done here is not ignored.
fn understood(params: &Params) -> Result<(), OAuthError> {
    if params.find("subject_token_type") != Some(ACCESS_TOKEN) {
        return Err(OAuthError::invalid_request(
            "subject_token_type must be that of an access token.",
        ));
    }
    let requested = params.find("requested_token_type");
    if requested.is_some_and(|requested| requested != ACCESS_TOKEN) {
        return Err(OAuthError::invalid_request(
            "requested_token_type can only be that of an access token.",
        ));
    }
    if params.has("actor_token") || params.has("actor_token_type") {
        return Err(OAuthError::invalid_request(
            "actor_token is not supported: the client itself is the actor.",
        ));
    }
    Ok(())
}

/// RFC 8693 2.2.2: a token that is not good is `invalid_request`. One text for every cause.
fn unacceptable(reason: &'static str) -> Refused {
    Refused {
        reason,
        ..OAuthError::invalid_request(
            "subject_token is invalid, expired, revoked, or not this client's to exchange.",
        )
        .into()
    }
}

/// The token was given to the client, or is for a resource that the client serves.
fn is_held_by(terms: &Terms, client: &Client, token: &AccessToken) -> bool {
    let serves = |id: &String| {
        let resource = terms.resources.find(id);
        resource.is_some_and(|resource| resource.servers.contains(&client.id))
    };
    token.client == client.id || token.audience.iter().any(serves)
}

/// Where the new token is for: `resource`, or `audience` with the same names. Never the issuer
/// itself: nobody is to ask userinfo with somebody else's token.
fn targets(terms: &Terms, client: &Client, params: &Params) -> Result<Vec<String>, OAuthError> {
    let mut targets = resource::named(terms, client, params)?;
    for id in resource::audiences(terms, client, params)? {
        if !targets.contains(&id) {
            targets.push(id);
        }
    }
    if targets.is_empty() || targets.contains(&terms.url) {
        return Err(OAuthError::new(
            "invalid_target",
            "resource or audience must name the API that the token is for.",
        ));
    }
    Ok(targets)
}

/// What the token still allows, the client may have, and the resources know; all of it unless less
/// is asked for.
fn scopes(
    terms: &Terms,
    client: &Client,
    (held, resources): (&ScopeSet, &[String]),
    params: &Params,
) -> Result<ScopeSet, OAuthError> {
    let possible: ScopeSet = held
        .intersection(&client.scopes)
        .iter()
        .filter(|scope| resources.iter().any(|id| id == reach::owner(terms, scope)))
        .collect();
    // Without a scope, a token for an API is one only where the client is registered for that API.
    let registered = |id: &String| client.resources.contains(id);
    let asked = match params.find("scope") {
        Some(text) => ScopeSet::parse(text).ok(),
        None => Some(possible.clone()),
    };
    asked
        .filter(|asked| asked.is_subset(&possible))
        .filter(|asked| !asked.is_empty() || resources.iter().all(registered))
        .ok_or_else(|| {
            OAuthError::new(
                "invalid_scope",
                "Token, client and API have not that much in common.",
            )
        })
}
