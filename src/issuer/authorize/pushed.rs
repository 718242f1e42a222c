//! Pushed authorization requests (RFC 9126): a client sends its request itself and authenticated,
//! and the browser only carries a reference. The reference is the understood request, sealed, so
//! that pushing costs no place in the store; that it is used once, the store remembers.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::check::{self, Draft};
use super::object;
use super::request::AuthorizeRequest;
use super::target::RedirectTarget;
use crate::base::Timestamp;
use crate::base::encoding::sha256;
use crate::issuer::client_auth::{Called, Caller};
use crate::issuer::dpop;
use crate::issuer::error::{OAuthError, private_json};
use crate::issuer::state::At;
use crate::keys::Purpose;
use crate::model::Client;
use crate::model::grant::Confirmation;
use crate::web::{Inbound, Params};

/// What every reference begins with (RFC 9126 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a reference may be on its way to the authorization endpoint.
const LIFETIME: Duration = Duration::from_secs(90);
/// How long its use is remembered: longer than what it begins may take.
const REMEMBERED: Duration = Duration::from_hours(2);
/// What the sealed form is bound to besides the issuer: it is no request of a browser's.
const FORM: &[u8] = b"pushed/";

/// A request under its reference.
#[derive(Serialize, Deserialize)]
struct Pushed {
    request: AuthorizeRequest,
    expires: Timestamp,
}

/// The one use of a reference: it is used up when the client gets its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    hash: [u8; 32],
    remembered: Timestamp,
}

/// Takes a request from its client.
pub async fn push(
    State(at): State<At>,
    inbound: Inbound,
    request: Request,
) -> Result<Response, OAuthError> {
    let Called {
        caller,
        params,
        client,
    } = Called::read(&at, &inbound, request).await?;
    if params.has("request_uri") {
        return Err(OAuthError::invalid_request(
            "request_uri cannot be pushed: send the request itself.",
        ));
    }
    let request = understand(&at, (&client, &caller), &params).await?;
    let now = at.state.clock.now();
    let pushed = Pushed {
        request,
        expires: now.plus(LIFETIME),
    };
    let reference = seal(&at, &pushed)?;
    let answer = json!({ "request_uri": reference, "expires_in": LIFETIME.as_secs() });
    Ok(private_json(StatusCode::CREATED, &answer))
}

async fn understand(
    at: &At,
    (client, caller): (&Client, &Caller),
    params: &Params,
) -> Result<AuthorizeRequest, OAuthError> {
    let merged = object::merged(at, client, params).await?;
    let params = merged.params.as_ref();
    if params.duplicate(&["resource"]).is_some() {
        return Err(OAuthError::invalid_request("A parameter came twice."));
    }
    if params
        .find("client_id")
        .is_some_and(|id| id != client.id.as_str())
    {
        return Err(OAuthError::invalid_request(
            "client_id is not the client that pushes.",
        ));
    }
    let uri = params.find("redirect_uri").unwrap_or_default();
    let target = RedirectTarget::matching(client, uri).ok_or_else(|| {
        OAuthError::invalid_request("redirect_uri is missing, or not registered for this client.")
    })?;
    let mut request = AuthorizeRequest::new(client, &target, params, at.state.clock.now());
    // RFC 9449 10.1: whoever pushed with a proof alone redeems the code.
    let path = &at.issuer.settings().endpoints.par;
    let proof = dpop::presented(at, caller, path, None)?;
    let jkt = proof.as_ref().map(|proof| proof.jkt.clone());
    request.extent.confirmation = jkt.map(Confirmation::Dpop);
    let mut draft = Draft {
        at,
        client,
        params,
        pushed: true,
        signed: merged.signed,
        request,
    };
    check::all(&mut draft)?;
    let request = draft.request;
    let path = request.resume_path(&at.issuer, &at.state.sealer);
    if path
        .map_err(|cause| OAuthError::internal(&cause))?
        .is_none()
    {
        return Err(OAuthError::invalid_request("The request is too long."));
    }
    // Whoever repeats the proof of another gets a reference that is of no use without the key. So a
    // client that anybody can pose as writes nothing here.
    if let Some(proof) = proof.filter(|_| !client.auth.is_public()) {
        proof.spend(&at.state.store).await?;
    }
    Ok(request)
}

/// Whether a `request_uri` is a reference of this endpoint's.
pub fn is_reference(uri: &str) -> bool {
    uri.starts_with(PREFIX)
}

/// The request behind a reference of `client`'s, if it is in its time and was not used.
pub async fn open(
    at: &At,
    client: &Client,
    uri: &str,
) -> Result<Option<AuthorizeRequest>, crate::store::StoreError> {
    let now = at.state.clock.now();
    let Some(sealed) = uri.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    let pushed = at
        .state
        .sealer
        .open(Purpose::AuthorizeRequest, &aad(at), sealed.as_bytes())
        .and_then(|plain| serde_json::from_slice::<Pushed>(&plain).ok())
        .filter(|pushed| now < pushed.expires && pushed.request.client == client.id);
    let Some(pushed) = pushed else {
        return Ok(None);
    };
    let reference = Reference {
        hash: sha256(uri),
        remembered: now.plus(REMEMBERED),
    };
    if at.state.store.is_spent(&reference.hash, now).await? {
        return Ok(None);
    }
    Ok(Some(AuthorizeRequest {
        // Before this moment nobody could begin.
        came: now,
        started: now,
        pushed: Some(reference),
        ..pushed.request
    }))
}

impl Reference {
    /// Uses the reference up: `true` exactly once.
    pub async fn spend(&self, at: &At) -> Result<bool, crate::store::StoreError> {
        at.state.store.spend(&self.hash, self.remembered).await
    }
}

fn seal(at: &At, pushed: &Pushed) -> Result<String, OAuthError> {
    // Strings, flags and numbers: their JSON cannot fail.
    let plain = serde_json::to_vec(pushed).unwrap_or_default();
    let name = at
        .state
        .sealer
        .seal(Purpose::AuthorizeRequest, &aad(at), &plain)
        .map_err(|cause| OAuthError::internal(&cause))?;
    Ok(format!("{PREFIX}{name}"))
}

fn aad(at: &At) -> Vec<u8> {
    [FORM, at.issuer.aad()].concat()
}
