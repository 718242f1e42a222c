//! From parameters to a request: which client, which address of it, then every rule. What cannot be
//! answered to a registered address is a page of our own.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;

use super::check::{self, Draft};
use super::mode::ResponseMode;
use super::request::AuthorizeRequest;
use super::target::RedirectTarget;
use super::{Authorizing, object, pushed};
use crate::issuer::clients;
use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::model::{Client, ResponseType};
use crate::tokens::Entitled;
use crate::web::{ErrorPage, Params};

/// Client and redirect URI, then every rule. The inner error is an answer to the client.
pub async fn understand(
    at: At,
    params: &Params,
) -> Result<Result<Authorizing, Response>, ErrorPage> {
    if params.duplicate(&["resource"]).is_some() {
        return Err(ErrorPage::bad_request("It holds a parameter twice."));
    }
    let client = known_client(&at, params.find("client_id").unwrap_or_default()).await?;
    if let Some(uri) = params
        .find("request_uri")
        .filter(|uri| pushed::is_reference(uri))
    {
        let request = pushed::open(&at, &client, uri).await?;
        let request = request.ok_or_else(|| used_up(&client))?;
        return Authorizing::of(at, client, request);
    }
    let merged = match object::merged(&at, &client, params).await {
        Ok(merged) => merged,
        // The object could have held another address: the error goes to one that is known good.
        Err(error) => return unread(at, client, params, &error),
    };
    let params = merged.params.as_ref();
    if params.duplicate(&["resource"]).is_some() {
        return Err(ErrorPage::bad_request("It holds a parameter twice."));
    }
    let uri = params.find("redirect_uri").unwrap_or_default();
    let target = RedirectTarget::matching(&client, uri).ok_or_else(|| unregistered(&client))?;
    let now = at.state.clock.now();
    let mut draft = Draft {
        at: &at,
        client: &client,
        params,
        pushed: false,
        signed: merged.signed,
        request: AuthorizeRequest::new(&client, &target, params, now),
    };
    let error = check::all(&mut draft).err();
    let request = draft.request;
    let Some(error) = error else {
        return Authorizing::of(at, client, request);
    };
    let authorizing = Authorizing {
        at,
        client,
        target,
        request,
    };
    Ok(authorizing.half_read(params).refused(&error))
}

/// The answer to a request whose object is not taken: to the address beside the object, or a page.
fn unread(
    at: At,
    client: Arc<Client>,
    params: &Params,
    error: &AuthorizeError,
) -> Result<Result<Authorizing, Response>, ErrorPage> {
    let uri = params.find("redirect_uri").unwrap_or_default();
    let target = RedirectTarget::matching(&client, uri).ok_or_else(|| {
        ErrorPage::new(
            StatusCode::BAD_REQUEST,
            error.code,
            "This app sent you here with a request that cannot be read",
            error.description.clone(),
        )
        .advice("Nothing was shared. Tell the people who run the app.")
    })?;
    let kind = params.find("response_type").and_then(ResponseType::parse);
    let mut request = AuthorizeRequest::new(&client, &target, params, at.state.clock.now());
    request.mode = ResponseMode::usual(kind.unwrap_or(ResponseType::CODE));
    let authorizing = Authorizing {
        at,
        client,
        target,
        request,
    };
    Ok(authorizing.half_read(params).refused(error))
}

async fn known_client(at: &At, id: &str) -> Result<Arc<Client>, ErrorPage> {
    clients::find(at, &id.into()).await?.ok_or_else(|| {
        ErrorPage::new(
            StatusCode::BAD_REQUEST,
            "invalid_client",
            "This app is not known here",
            "The app you came from is not registered, or was switched off.",
        )
        .advice("Tell the people who run the app.")
    })
}

fn used_up(client: &Client) -> ErrorPage {
    ErrorPage::new(
        StatusCode::BAD_REQUEST,
        "invalid_request_uri",
        "This sign-in cannot be begun any more",
        format!(
            "The address that {} sent you to was used already, or is too old.",
            client.name
        ),
    )
    .advice("Go back to the app and sign in from there.")
}

fn unregistered(client: &Client) -> ErrorPage {
    ErrorPage::new(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        "This app sent you here with a wrong address",
        format!(
            "{} asked to send you on to an address that is not registered for it (redirect_uri).",
            client.name
        ),
    )
    .advice("Nothing was shared. Tell the people who run the app.")
}

impl Authorizing {
    /// Opens a sealed request; client, target and what may be asked for are looked at again, since
    /// they may have changed. The inner error is an answer to the client.
    pub async fn open(at: At, sealed: &str) -> Result<Result<Self, Response>, ErrorPage> {
        let now = at.state.clock.now();
        let request = AuthorizeRequest::open(sealed, &at.issuer, &at.state.sealer, now)
            .ok_or_else(|| {
                ErrorPage::bad_request("This sign-in took too long, or its address is not whole.")
            })?;
        let client = known_client(&at, request.client.as_str()).await?;
        Self::of(at, client, request)
    }

    /// What an error needs of a request that was not read to its end.
    fn half_read(mut self, params: &Params) -> Self {
        let state = params.find("state");
        let state = state.filter(|state| state.len() <= check::MAX_STATE);
        self.request.state = state.map(str::to_owned);
        self.request.prompt.none = params.find("prompt") == Some("none");
        self
    }

    /// The answer to a request that cannot be met; for a client that nobody invited, a request that
    /// is answered when somebody has signed in.
    #[expect(
        clippy::result_large_err,
        reason = "both are handed on at once, within the answer to one request"
    )]
    fn refused(mut self, error: &AuthorizeError) -> Result<Self, Response> {
        if self.may_send_anybody() {
            return Err(self.refuse(error));
        }
        self.request.fault = Some(error.into());
        Ok(self)
    }

    fn of(
        at: At,
        client: Arc<Client>,
        request: AuthorizeRequest,
    ) -> Result<Result<Self, Response>, ErrorPage> {
        let target = RedirectTarget::matching(&client, &request.redirect_uri)
            .ok_or_else(|| unregistered(&client))?;
        let (scopes, extent) = (&request.scopes, &request.extent);
        let entitled = Entitled::of(at.issuer.terms(), &client, scopes, extent);
        let mut authorizing = Self {
            at,
            client,
            target,
            request,
        };
        // It was refused before it was understood to the end, and is told so.
        if authorizing.request.fault.is_some() {
            return Ok(Ok(authorizing));
        }
        if authorizing.request.held_to != check::strictness::of(&authorizing.client) {
            return Ok(authorizing.refused(&CHANGED));
        }
        let Some(entitled) = entitled else {
            return Ok(authorizing.refused(&NOTHING_LEFT));
        };
        let request = &mut authorizing.request;
        (request.scopes, request.extent) = entitled.into_parts();
        request.also = request.also.intersection(&authorizing.client.scopes);
        Ok(Ok(authorizing))
    }
}

/// Whether it may ask in this way was decided before.
const CHANGED: AuthorizeError = AuthorizeError::new(
    "invalid_request",
    "This client was changed while somebody signed in: begin again.",
);

/// Taken from the client since it asked.
const NOTHING_LEFT: AuthorizeError = AuthorizeError::new(
    "invalid_scope",
    "This client is not registered any more for what it asked for.",
);
