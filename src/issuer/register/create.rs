//! The registration endpoint (RFC 7591 3, OpenID Connect Registration 3).

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::admit::{Admission, Refused, admit, slowly};
use super::members::{Members, invalid};
use super::{called, read, write};
use crate::base::opaque::{ClientSecret, RegistrationToken};
use crate::base::{ClientId, Opaque};
use crate::identity::clients::secret_as_kept;
use crate::issuer::audit::Entry;
use crate::issuer::bearer::BearerError;
use crate::issuer::error::{OAuthError, private_json};
use crate::issuer::state::At;
use crate::model::client::ClientSecretHash;
use crate::model::{AuditKind, Client, ClientAuthMethod, Registration};
use crate::outbound::Lane;
use crate::store::Registered;
use crate::web::{Inbound, Params, Query};

/// Longest description, in bytes.
const LONGEST: usize = 128 * 1024;

/// Registers a client.
pub async fn create(
    State(at): State<At>,
    inbound: Inbound,
    Query(query): Query,
    request: Request,
) -> Response {
    match register(&at, &inbound, &query, request).await {
        Ok(response) => response,
        Err(refused) => {
            let reason = match &refused {
                Refused::OAuth(error) => error.code(),
                Refused::Bearer(_) => "invalid_token",
                Refused::Page(_) => "invalid_request",
            };
            Entry::new(AuditKind::Registration, reason)
                .from(&inbound)
                .record(&at);
            refused.into_response()
        }
    }
}

async fn register(
    at: &At,
    inbound: &Inbound,
    query: &Params,
    request: Request,
) -> Result<Response, Refused> {
    slowly(at, inbound).await?;
    let admission = admit(at, request.headers(), query).await?;
    let members = body(request).await?;
    let token = Opaque::<RegistrationToken>::mint(at.state.kit.rng()).map_err(internal)?;
    let (hash, by) = match admission {
        Admission::Open => (None, None),
        Admission::Token { hash, id } => (Some(hash), Some(id)),
    };
    let registration = Registration {
        token: token.hash(),
        at: at.state.clock.now(),
        address: Some(inbound.client),
        by,
    };
    let made = make(at, &members, registration.clone()).await?;
    let most = at.issuer.settings().registration.most;
    let store = &at.state.store;
    let registered = store.register_client(&made.client, most, hash.as_ref());
    match registered.await.map_err(OAuthError::from)? {
        Registered::Done => {}
        Registered::Full => return Err(full().into()),
        Registered::NotAdmitted => return Err(BearerError::InvalidToken.into()),
    }
    Entry::ok(AuditKind::Registration, "client_registered")
        .client(&made.client.id)
        .from(inbound)
        .record(at);
    let mut all = write::registration(at, &made.client, &registration, token.reveal());
    if let Some(secret) = &made.secret {
        all.extend(secret_members(secret));
    }
    Ok(private_json(StatusCode::CREATED, &Value::Object(all)))
}

struct Made {
    client: Client,
    secret: Option<Opaque<ClientSecret>>,
}

async fn make(at: &At, members: &Members, registration: Registration) -> Result<Made, OAuthError> {
    let rng = at.state.kit.rng();
    let id = ClientId::new(rng.uuid().map_err(internal)?.to_string());
    let secret = new_secret(at, members)?;
    let blank = Client {
        secrets: kept(
            at,
            (&id, read::method(members, at.issuer.settings())?),
            secret.as_ref(),
        )?,
        registered: Some(registration),
        ..Client::new(id, at.issuer.id().clone())
    };
    let client = read::client(members, blank, at.issuer.settings())?;
    called::check(&at.state.outbound, (members, &client), Lane::Strangers).await?;
    Ok(Made { client, secret })
}

/// A secret for the method that the app asks for, if that has one.
pub fn new_secret(at: &At, members: &Members) -> Result<Option<Opaque<ClientSecret>>, OAuthError> {
    if !read::method(members, at.issuer.settings())?.has_secret() {
        return Ok(None);
    }
    let secret = Opaque::mint(at.state.kit.rng()).map_err(internal)?;
    Ok(Some(secret))
}

/// As it is kept.
pub fn kept(
    at: &At,
    whose: (&ClientId, ClientAuthMethod),
    secret: Option<&Opaque<ClientSecret>>,
) -> Result<Vec<ClientSecretHash>, OAuthError> {
    let Some(secret) = secret else {
        return Ok(Vec::new());
    };
    let kept = secret_as_kept(whose, secret, &at.state.sealer);
    Ok(vec![kept.map_err(internal)?])
}

/// A secret, the one time it is told; it does not expire.
pub fn secret_members(secret: &Opaque<ClientSecret>) -> [(String, Value); 2] {
    [
        ("client_secret".to_owned(), Value::from(secret.reveal())),
        ("client_secret_expires_at".to_owned(), Value::from(0)),
    ]
}

/// Reads a description: JSON, bounded.
pub async fn body(request: Request) -> Result<Members, OAuthError> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(invalid(
            "The description must be in the body, as application/json.",
        ));
    }
    let body = to_bytes(body, LONGEST)
        .await
        .map_err(|_| invalid("The description is larger than 128 KiB, or did not arrive whole."))?;
    Members::read(&body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let line = headers
        .get(CONTENT_TYPE)
        .and_then(|line| line.to_str().ok());
    line.is_some_and(|line| {
        let kind = line.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}

fn full() -> OAuthError {
    tracing::warn!("no more clients can register themselves: the bound is reached");
    OAuthError::unavailable()
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` wants it")]
fn internal(cause: crate::base::RngFailed) -> OAuthError {
    OAuthError::internal(&cause)
}
