//! Introspection (RFC 7662): what a token of the asking client is worth now. Of other clients'
//! tokens, and of what is no token, it says the same: that it is not active.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::client_auth::Called;
use super::clients;
use super::error::{OAuthError, private_json};
use super::sender;
use super::state::At;
use super::tenant::{acts_in, admits, takes, takes_bearer};
use crate::base::ScopeSet;
use crate::model::{Client, User};
use crate::tokens::{AccessToken, Active, Entitled, reach};
use crate::web::Inbound;

/// Says what is presented is worth.
pub async fn introspect(
    State(at): State<At>,
    inbound: Inbound,
    request: Request,
) -> Result<Response, OAuthError> {
    let Called {
        caller,
        params,
        client,
    } = Called::read(&at, &inbound, request).await?;
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
    let body = Value::Object(body);
    if !wants_jwt(&caller.headers) {
        return Ok(private_json(StatusCode::OK, &body));
    }
    let jwt = tokens.sign_introspection(at.issuer.terms(), &client, &body)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(JWT)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers, jwt).into_response())
}

/// The media type of an answer that is a JWT (RFC 9701 5).
const JWT: &str = "application/token-introspection+jwt";

fn wants_jwt(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|line| {
        line.to_str().is_ok_and(|line| {
            let mut types = line.split(',').map(|one| one.split(';').next());
            types.any(|one| one.is_some_and(|one| one.trim().eq_ignore_ascii_case(JWT)))
        })
    })
}

/// RFC 7662 2.2; `None` when the person or the client may not come in any more. Who it is by name,
/// only the scope that tells names says.
async fn describe(
    at: &At,
    client: &Arc<Client>,
    active: &Active,
) -> Result<Option<Map<String, Value>>, OAuthError> {
    // A token is worth nothing while its client is switched off, suspended or gone, and no more than
    // what that client may have now.
    let terms = at.issuer.terms();
    let Some((holder, held)) = held(at, client, active).await? else {
        return Ok(None);
    };
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
    say("active", json!(true));
    say("iss", json!(at.issuer.url()));
    let (user, sub, scopes, tenant) = match active {
        Active::Access(token) => {
            let bound_to = token.confirmation.as_ref();
            say("token_type", json!(sender::token_type(bound_to)));
            if let Some(confirmation) = bound_to {
                say("cnf", json!(confirmation));
            }
            say("client_id", json!(token.client));
            let (audience, scopes) = concerning(at, client, (token, &held));
            say("aud", one_or_many(&audience));
            if let Some(actor) = &token.actor {
                say("act", json!(actor));
            }
            say("iat", json!(token.issued.seconds()));
            say("exp", json!(token.expires.seconds()));
            (token.user(), token.sub.clone(), scopes, &token.tenant)
        }
        Active::Refresh(grant) => {
            say("client_id", json!(grant.client));
            say("exp", json!(grant.expires.seconds()));
            let user = &grant.user;
            let sub = at.state.tokens.subject(terms, client, user);
            (Some(user), sub, held, &grant.tenant)
        }
    };
    say("sub", json!(sub));
    say("scope", json!(scopes.to_string()));
    if let Some(tenant) = terms.catalogue.tenant(tenant.as_ref()) {
        say("tenant_sub", json!(tenant.uuid));
    }
    let Some(user) = user else {
        let acts = tenant.is_none() || acts_in(&holder, tenant.as_ref());
        return Ok(acts.then_some(body));
    };
    let person = at.state.directory.person(user).await?;
    let welcome = |person: &Arc<User>| !person.disabled && admits(&holder, person, tenant.as_ref());
    let Some(person) = person.filter(welcome) else {
        return Ok(None);
    };
    if scopes.contains("profile") {
        body.insert("username".to_owned(), json!(person.username));
    }
    Ok(Some(body))
}

/// Whose the token is, and the scopes that this client may still have; `None` when it is worth nothing.
async fn held(
    at: &At,
    client: &Arc<Client>,
    active: &Active,
) -> Result<Option<(Arc<Client>, ScopeSet)>, OAuthError> {
    let terms = at.issuer.terms();
    // A server that serves tenants learns nothing of people in others.
    let tenant = match active {
        Active::Access(token) => &token.tenant,
        Active::Refresh(grant) => &grant.tenant,
    };
    let elsewhere = tenant.is_some() && !client.tenants.is_empty();
    if elsewhere && !acts_in(client, tenant.as_ref()) {
        return Ok(None);
    }
    let welcome = match active {
        Active::Access(token) => takes_bearer(at, token).await?,
        Active::Refresh(grant) => takes(at, grant.tenant.as_ref(), &grant.amr),
    };
    if !welcome {
        return Ok(None);
    }
    Ok(match active {
        Active::Access(token) => clients::find(at, &token.client).await?.and_then(|holder| {
            let held = Entitled::of_token(terms, &holder, token)?;
            Some((holder, held))
        }),
        Active::Refresh(grant) => Entitled::of_grant(terms, client, grant)
            .map(|entitled| (client.clone(), entitled.scopes().clone())),
    })
}

/// A server of a resource is told what concerns its resources; whoever was given the token, all.
fn concerning(
    at: &At,
    client: &Client,
    (token, held): (&AccessToken, &ScopeSet),
) -> (Vec<String>, ScopeSet) {
    if token.client == client.id {
        return (token.audience.clone(), held.clone());
    }
    let terms = at.issuer.terms();
    let serves = |id: &str| {
        let resource = terms.resources.find(id);
        resource.is_some_and(|resource| resource.servers.contains(&client.id))
    };
    let audience = token.audience.iter().filter(|id| serves(id)).cloned();
    let scopes = held.iter();
    let scopes = scopes.filter(|scope| serves(reach::owner(terms, scope)));
    (audience.collect(), scopes.collect())
}

/// `aud` as tokens have it (RFC 7519 4.1.3).
fn one_or_many(audience: &[String]) -> Value {
    match audience {
        [only] => json!(only),
        [] | [_, _, ..] => json!(audience),
    }
}
