//! Introspection (RFC 7662): what a token of the asking client is worth now. Of other clients'
//! tokens, and of what is no token, it says the same: that it is not active.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::client_auth;
use super::error::{OAuthError, private_json};
use super::state::At;
use super::token::form;
use crate::model::Client;
use crate::tokens::Active;

/// Says what is presented is worth.
pub async fn introspect(State(at): State<At>, request: Request) -> Result<Response, OAuthError> {
    let headers = request.headers().clone();
    let params = form(request).await?;
    let client = client_auth::authenticate(&at, &headers, &params).await?;
    // RFC 7662 2.1: whoever asks is authenticated, or tokens could be tried one by one.
    if client.auth.is_public() {
        return Err(OAuthError::invalid_client(false));
    }
    let token = params
        .find("token")
        .ok_or_else(|| OAuthError::invalid_request("token is missing."))?;
    let tokens = &at.state.tokens;
    let active = tokens.active(at.issuer.terms(), &client, token).await?;
    let body = match active {
        Some(active) => describe(&at, &client, &active).await?,
        None => None,
    };
    let body = body.unwrap_or_else(|| Map::from_iter([("active".to_owned(), json!(false))]));
    Ok(private_json(StatusCode::OK, &Value::Object(body)))
}

/// RFC 7662 2.2; `None` when the person may not come in any more.
async fn describe(
    at: &At,
    client: &Client,
    active: &Active,
) -> Result<Option<Map<String, Value>>, OAuthError> {
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
    say("active", json!(true));
    say("iss", json!(at.issuer.url()));
    let (user, sub, scopes) = match active {
        Active::Access(token) => {
            say("token_type", json!("Bearer"));
            say("client_id", json!(token.client));
            say("aud", one_or_many(&token.audience));
            say("iat", json!(token.issued.seconds()));
            say("exp", json!(token.expires.seconds()));
            (token.user(), token.sub.clone(), &token.scopes)
        }
        Active::Refresh(grant) => {
            say("client_id", json!(grant.client));
            say("exp", json!(grant.expires.seconds()));
            let (terms, user) = (at.issuer.terms(), &grant.user);
            let sub = at.state.tokens.subject(terms, client, user);
            (Some(user), sub, &grant.scopes)
        }
    };
    say("sub", json!(sub));
    say("scope", json!(scopes.to_string()));
    let Some(user) = user else {
        return Ok(Some(body));
    };
    let person = at.state.directory.person(user).await?;
    let Some(person) = person.filter(|person| !person.disabled) else {
        return Ok(None);
    };
    body.insert("username".to_owned(), json!(person.username));
    Ok(Some(body))
}

/// `aud` as tokens have it (RFC 7519 4.1.3).
fn one_or_many(audience: &[String]) -> Value {
    match audience {
        [only] => json!(only),
        [] | [_, _, ..] => json!(audience),
    }
}
