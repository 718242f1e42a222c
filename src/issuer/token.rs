//! The token endpoint (RFC 6749 3.2): it owns every step that all grants share, so that none can
//! forget one.

use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::audit::Entry;
use super::client_auth::Called;
use super::clients::{self, Use};
use super::error::{OAuthError, private_json};
use super::grant::token_exchange::ACCESS_TOKEN;
use super::grant::{Direct, GRANTS, GrantType, Granted, Person, Refused, Request};
use super::sender::{self, Sender};
use super::state::At;
use super::tenant::{admits, takes};
use crate::base::{SessionId, UserId};
use crate::model::grant::Confirmation;
use crate::model::{AuditKind, Client, User};
use crate::tokens::Minted;
use crate::web::{Inbound, Params};

/// Exchanges a credential for tokens.
pub async fn exchange(
    State(at): State<At>,
    inbound: Inbound,
    request: HttpRequest,
) -> Result<Response, OAuthError> {
    let Called {
        caller,
        params,
        client,
    } = Called::read(&at, &inbound, request).await?;
    let grant_type = grant_type(&client, &params)?;
    let path = &at.issuer.settings().endpoints.token;
    let sender = sender::of_request(&at, &client, &caller, path)?;
    let request = Request {
        at: &at,
        client: &client,
        params: &params,
        sender: sender.bound_to.as_ref(),
    };
    match answer(grant_type, &request, &sender).await {
        Ok(answer) => {
            at.state
                .metrics
                .tokens_issued(at.issuer.id().as_str(), grant_type.kind.as_str());
            let whom = answer.user.is_some();
            clients::used(&at, &client, if whom { Use::ByPeople } else { Use::Alone }).await;
            Entry::ok(AuditKind::Token, grant_type.kind.as_str())
                .client(&client.id)
                .user(answer.user.as_ref())
                .session(answer.session.as_ref())
                .from(&inbound)
                .record(&at);
            Ok(private_json(
                StatusCode::OK,
                &Value::Object(body(answer, sender.bound_to.as_ref())),
            ))
        }
        Err(refused) => {
            let kind = match refused.revoked {
                Some(_) => AuditKind::Revoke,
                None => AuditKind::Token,
            };
            Entry::new(kind, refused.reason)
                .client(&client.id)
                .user(refused.user.as_ref())
                .from(&inbound)
                .record(&at);
            Err(*refused.error)
        }
    }
}

/// A grant that is known here, and that the client may use (RFC 6749 5.2).
fn grant_type(client: &Client, params: &Params) -> Result<&'static GrantType, OAuthError> {
    let name = params
        .find("grant_type")
        .ok_or_else(|| OAuthError::invalid_request("grant_type is missing."))?;
    let grant = GRANTS
        .iter()
        .find(|grant| grant.kind.as_str() == name)
        .ok_or_else(|| {
            OAuthError::new(
                "unsupported_grant_type",
                "This grant_type is not supported.",
            )
        })?;
    if client.flows.grant(grant.kind) {
        Ok(grant)
    } else {
        Err(OAuthError::new(
            "unauthorized_client",
            "This client is not registered for this grant_type.",
        ))
    }
}

/// What the client gets, and about whom.
struct Answer {
    minted: Minted,
    user: Option<UserId>,
    session: Option<SessionId>,
    /// `issued_token_type` (RFC 8693 2.2.1).
    exchanged: bool,
}

async fn answer(
    grant_type: &GrantType,
    request: &Request<'_>,
    sender: &Sender,
) -> Result<Answer, Refused> {
    let redeem = (grant_type.look)(request).await?;
    sender.spend(request.at).await?;
    match redeem.await? {
        Granted::Person(mut person) => {
            person.authorization.bind(request.sender);
            about_person(request, &person).await
        }
        Granted::Direct(direct) => without_grant(request, *direct).await,
    }
}

async fn about_person(request: &Request<'_>, granted: &Person) -> Result<Answer, Refused> {
    let user = still_allowed(request, granted).await?;
    let authorization = &granted.authorization;
    let minted = request.at.state.tokens.mint(
        request.at.issuer.terms(),
        request.client,
        &user,
        authorization,
        &granted.narrowed,
    )?;
    Ok(Answer {
        minted,
        user: Some(user.id.clone()),
        session: authorization.session().cloned(),
        exchanged: false,
    })
}

async fn without_grant(request: &Request<'_>, direct: Direct) -> Result<Answer, Refused> {
    let (at, client) = (request.at, request.client);
    let (tokens, terms) = (&at.state.tokens, at.issuer.terms());
    let Some(on_behalf) = direct.on_behalf else {
        return Ok(Answer {
            minted: tokens.mint_for_client(
                terms,
                (client, request.sender),
                direct.tenant.as_ref(),
                &direct.reach,
            )?,
            user: None,
            session: None,
            exchanged: false,
        });
    };
    let person = at.state.directory.person(on_behalf.user()).await?;
    let gone = |reason| Refused {
        user: Some(on_behalf.user().clone()),
        ..Refused::invalid(reason)
    };
    let person = person.filter(|person| !person.disabled);
    let person = person.ok_or_else(|| gone("user_disabled"))?;
    // Nor does a client learn of people where it does not act, whoever hands it a token.
    if !admits(client, &person, on_behalf.tenant()) {
        return Err(gone("not_in_tenant"));
    }
    Ok(Answer {
        minted: tokens.mint_for_resource(
            terms,
            (client, request.sender),
            &on_behalf,
            direct.reach,
        )?,
        user: Some(on_behalf.user().clone()),
        session: on_behalf.session().cloned(),
        exchanged: true,
    })
}

/// The person is still welcome, and nothing the credential came from was ended meanwhile.
async fn still_allowed(
    request: &Request<'_>,
    granted: &Person,
) -> Result<std::sync::Arc<User>, Refused> {
    let (at, authorization) = (request.at, &granted.authorization);
    let gone = |reason| Refused {
        user: Some(authorization.user().clone()),
        ..Refused::invalid(reason)
    };
    if at
        .state
        .tokens
        .is_void(authorization, request.client, granted.issued)
    {
        return Err(gone("session_or_grant_ended"));
    }
    let user = at
        .state
        .directory
        .person(authorization.user())
        .await?
        .filter(|user| !user.disabled)
        .ok_or_else(|| gone("user_disabled"))?;
    if !admits(request.client, &user, authorization.tenant()) {
        return Err(gone("not_in_tenant"));
    }
    if !takes(at, authorization.tenant(), authorization.amr()) {
        return Err(gone("login_method"));
    }
    Ok(user)
}

/// RFC 6749 5.1, OpenID Connect Core 3.1.3.3.
fn body(answer: Answer, bound_to: Option<&Confirmation>) -> Map<String, Value> {
    let minted = answer.minted;
    let mut body = Map::new();
    body.insert("access_token".to_owned(), json!(minted.access_token));
    body.insert("token_type".to_owned(), json!(sender::token_type(bound_to)));
    body.insert("expires_in".to_owned(), json!(minted.expires_in.as_secs()));
    body.insert("scope".to_owned(), json!(minted.scopes.to_string()));
    if answer.exchanged {
        body.insert("issued_token_type".to_owned(), json!(ACCESS_TOKEN));
    }
    if let Some(token) = minted.refresh_token {
        body.insert("refresh_token".to_owned(), json!(token));
    }
    if let Some(token) = minted.id_token {
        body.insert("id_token".to_owned(), json!(token));
    }
    body
}
