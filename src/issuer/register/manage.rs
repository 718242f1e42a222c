//! A client reads, replaces and deletes its own registration (RFC 7592 2), by the token it was given
//! with it. The token stays the same: an answer that is lost loses nothing.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use http::request::Parts;
use serde_json::Value;

use super::admit::{Refused, slowly};
use super::create::{body, kept, new_secret, secret_members};
use super::members::{Members, invalid};
use super::{called, read, write};
use crate::base::opaque::{ClientSecret, RegistrationToken};
use crate::base::{ClientId, Opaque, OpaqueHash, Secret};
use crate::identity::clients::secret_is_right;
use crate::issuer::audit::Entry;
use crate::issuer::bearer::{self, BearerError};
use crate::issuer::error::{OAuthError, private_json};
use crate::issuer::state::At;
use crate::model::client::ClientSecretHash;
use crate::model::{AuditKind, Client, ClientAuthMethod, Registration};
use crate::outbound::Lane;
use crate::web::{Inbound, Query};

/// Reads it (RFC 7592 2.1). The secret is not in it: only its hash is kept.
pub async fn show(State(at): State<At>, own: Own) -> Result<Response, Refused> {
    Ok(own.answer(&at, &own.client, None))
}

/// Replaces it (RFC 7592 2.2): what is left out is gone, or its default.
pub async fn replace(
    State(at): State<At>,
    own: Own,
    inbound: Inbound,
    request: Request,
) -> Result<Response, Refused> {
    let members = body(request).await?;
    own.is_meant(&members)?;
    let secret = own.secret_for(&at, &members)?;
    let blank = Client {
        secrets: match &secret {
            Some(secret) => {
                let whose = (
                    &own.client.id,
                    read::method(&members, at.issuer.settings())?,
                );
                kept(&at, whose, Some(secret))?
            }
            None if read::method(&members, at.issuer.settings())?.has_secret() => {
                own.client.secrets.clone()
            }
            None => Vec::new(),
        },
        registered: own.client.registered.clone(),
        ..Client::new(own.client.id.clone(), own.client.issuer.clone())
    };
    let client = read::client(&members, blank, at.issuer.settings())?;
    called::check(&at.state.outbound, (&members, &client), Lane::Strangers).await?;
    let replacing = client.clone();
    let store = &at.state.store;
    let kept = secret.is_none() && !client.secrets.is_empty();
    let changed = store.change_client(&client.id, move |stored| {
        // What an operator has decided meanwhile stays.
        *stored = Client {
            disabled: stored.disabled,
            owner: stored.owner.clone(),
            secrets: if kept {
                stored.secrets.clone()
            } else {
                replacing.secrets.clone()
            },
            ..replacing.clone()
        };
    });
    if changed.await.map_err(OAuthError::from)?.is_none() {
        return Err(BearerError::InvalidToken.into());
    }
    Entry::ok(AuditKind::Registration, "client_replaced")
        .client(&client.id)
        .from(&inbound)
        .record(&at);
    Ok(own.answer(&at, &client, secret.as_ref()))
}

/// Deletes it (RFC 7592 2.3), and everything it was given.
pub async fn delete(State(at): State<At>, own: Own, inbound: Inbound) -> Result<Response, Refused> {
    let deleted = at.state.store.delete_client(&own.client.id).await;
    if !deleted.map_err(OAuthError::from)? {
        return Err(BearerError::InvalidToken.into());
    }
    Entry::ok(AuditKind::Registration, "client_deleted")
        .client(&own.client.id)
        .from(&inbound)
        .record(&at);
    Ok((StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response())
}

/// A client whose token was presented: how each of the three requests begins.
pub struct Own {
    client: Client,
    registration: Registration,
    token: Opaque<RegistrationToken>,
}

impl FromRequestParts<At> for Own {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, at: &At) -> Result<Self, Refused> {
        // No path leads here without an id.
        let path = Path::<String>::from_request_parts(parts, at).await;
        let Path(id) = path.map_err(|_| BearerError::InvalidToken)?;
        let inbound = Inbound::from_request_parts(parts, at).await?;
        let Query(query) = Query::from_request_parts(parts, at).await?;
        let presented = bearer::bearer(&parts.headers, &query)?;
        let own = match Opaque::<RegistrationToken>::parse(presented) {
            Some(token) => Self::of(at, id.into(), token).await?,
            None => None,
        };
        if own.is_none() {
            // Only these are counted: a neighbour's registering keeps nobody from their own.
            slowly(at, &inbound).await?;
        }
        own.ok_or_else(|| BearerError::InvalidToken.into())
    }
}

impl Own {
    /// `None` alike for a client that is not there, is switched off, did not register itself or has
    /// another token.
    async fn of(
        at: &At,
        id: ClientId,
        token: Opaque<RegistrationToken>,
    ) -> Result<Option<Self>, OAuthError> {
        let clients = &at.state.clients;
        let client = clients.load(at.issuer.id(), &id).await?;
        let known = client
            .as_deref()
            .and_then(|client| Some((client, client.registered.as_ref()?)));
        let nobodys = OpaqueHash::from_bytes(&[0; 32]);
        // The same comparison whether the client is there or not.
        let hash = known.map(|(_, own)| own.token.clone()).or(nobodys);
        let right = hash.is_some_and(|hash| hash.is_of(&token));
        Ok(known.filter(|_| right).map(|(client, registration)| Self {
            client: client.clone(),
            registration: registration.clone(),
            token,
        }))
    }

    /// RFC 7592 2.2: the request names the client it replaces, and its secret if it names any.
    fn is_meant(&self, members: &Members) -> Result<(), OAuthError> {
        if members.text("client_id")? != Some(self.client.id.as_str()) {
            return Err(invalid("client_id must be that of the registration."));
        }
        let secret = members.owned("client_secret")?.map(Secret::new);
        let right = secret.is_none_or(|secret| secret_is_right(Some(&self.client), &secret));
        right
            .then_some(())
            .ok_or_else(|| invalid("client_secret is not the one of this client."))
    }

    /// A new secret where the new method needs one and there is none.
    fn secret_for(
        &self,
        at: &At,
        members: &Members,
    ) -> Result<Option<Opaque<ClientSecret>>, OAuthError> {
        // One of which only the hash is known makes no codes.
        let makes_codes = |secret: &ClientSecretHash| matches!(secret, ClientSecretHash::Kept(..));
        let none =
            if read::method(members, at.issuer.settings())? == ClientAuthMethod::ClientSecretJwt {
                !self.client.secrets.iter().any(makes_codes)
            } else {
                self.client.secrets.is_empty()
            };
        if none {
            new_secret(at, members)
        } else {
            Ok(None)
        }
    }

    fn answer(&self, at: &At, client: &Client, secret: Option<&Opaque<ClientSecret>>) -> Response {
        let token = self.token.reveal();
        let mut all = write::registration(at, client, &self.registration, token);
        all.extend(secret.map(secret_members).into_iter().flatten());
        private_json(StatusCode::OK, &Value::Object(all))
    }
}
