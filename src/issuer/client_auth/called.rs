//! How every endpoint for clients begins: the form is read, the client proves itself, and a proof that
//! fails is written down.

use std::sync::Arc;

use axum::extract::Request;

use super::{Caller, authenticate};
use crate::issuer::audit::Entry;
use crate::issuer::error::OAuthError;
use crate::issuer::state::At;
use crate::model::{AuditKind, Client};
use crate::web::{Inbound, Params};

/// A request of a client's.
pub struct Called {
    /// What it says about its sender besides its parameters.
    pub caller: Caller,
    /// Its parameters, each once but those that may be repeated.
    pub params: Params,
    /// Who sent it, proven.
    pub client: Arc<Client>,
}

impl Called {
    /// Reads a request.
    pub async fn read(at: &At, inbound: &Inbound, request: Request) -> Result<Self, OAuthError> {
        let caller = Caller::from(&request);
        let params = form(request).await?;
        let client = authenticate(at, &caller, &params).await;
        let client = client.inspect_err(|error| {
            let entry = Entry::new(AuditKind::Token, error.code());
            entry.from(inbound).record(at);
        })?;
        Ok(Self {
            caller,
            params,
            client,
        })
    }
}

/// A form whose parameters came once each (RFC 6749 3.2).
async fn form(request: Request) -> Result<Params, OAuthError> {
    let params = Params::read_form(request).await?;
    match params.duplicate(&["resource", "audience"]) {
        None => Ok(params),
        Some(_) => Err(OAuthError::invalid_request("A parameter was sent twice.")),
    }
}
