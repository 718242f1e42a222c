//! Userinfo (OpenID Connect Core 5.3): what the scopes of an access token say about the person, as
//! of now.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::Value;

use super::bearer::BearerError;
use super::client_auth::Caller;
use super::clients;
use super::error::{OAuthError, private_json};
use super::sender;
use super::state::At;
use super::tenant::{admits, takes_bearer};
use crate::base::ScopeSet;
use crate::tokens::AccessToken;
use crate::web::params::Unreadable;
use crate::web::{Params, Query};

/// Token in the header.
pub async fn by_get(
    State(at): State<At>,
    Query(query): Query,
    request: Request,
) -> Result<Response, Response> {
    let caller = Caller::from(&request);
    let path = &at.issuer.settings().endpoints.userinfo;
    let token = sender::token(&at, &caller, path, (&query, None)).await?;
    answer(&at, &token).await
}

/// Token in the header or in the form.
pub async fn by_post(
    State(at): State<At>,
    Query(query): Query,
    request: Request,
) -> Result<Response, Response> {
    let caller = Caller::from(&request);
    let form = match Params::read_form(request).await {
        Ok(form) => form,
        // A POST without a form has its token in the header.
        Err(Unreadable::NotAForm) => Params::default(),
        Err(unreadable) => return Err(OAuthError::from(unreadable).into_response()),
    };
    let path = &at.issuer.settings().endpoints.userinfo;
    let token = sender::token(&at, &caller, path, (&query, Some(&form))).await?;
    answer(&at, &token).await
}

async fn answer(at: &At, token: &AccessToken) -> Result<Response, Response> {
    let terms = at.issuer.terms();
    let refused = |error: BearerError| error.into_response();
    let client = clients::find(at, &token.client).await;
    let client = client.map_err(|cause| OAuthError::from(cause).into_response())?;
    let Some(client) = client else {
        // Switched off, perhaps in the very second in which the token was made.
        return Err(refused(BearerError::InvalidToken));
    };
    // A client's own token is about nobody.
    let user = token.user();
    let user = user.ok_or_else(|| refused(BearerError::InsufficientScope))?;
    let openid = |scopes: &ScopeSet| scopes.contains("openid");
    if !openid(&token.scopes) || !openid(&client.scopes) {
        return Err(refused(BearerError::InsufficientScope));
    }
    let user = at
        .state
        .directory
        .person(user)
        .await
        .map_err(|cause| OAuthError::from(cause).into_response())?
        .filter(|user| !user.disabled && admits(&client, user, token.tenant.as_ref()))
        .ok_or_else(|| refused(BearerError::InvalidToken))?;
    let welcome = takes_bearer(at, token).await;
    if !welcome.map_err(|cause| OAuthError::from(cause).into_response())? {
        return Err(refused(BearerError::InvalidToken));
    }
    let body = at.state.tokens.userinfo(terms, &client, &user, token);
    if client.algs.userinfo.is_none() {
        return Ok(private_json(StatusCode::OK, &Value::Object(body)));
    }
    let jwt = at.state.tokens.sign_userinfo(terms, &client, body);
    let jwt = jwt.map_err(|cause| OAuthError::from(cause).into_response())?;
    let headers = [
        (CONTENT_TYPE, "application/jwt"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, jwt).into_response())
}
