//! How a client proves who it is, one file per method. This file owns the shared steps: exactly one
//! method, the client's own issuer, one error for every cause, the same cost for an unknown client.

mod basic;
mod none;
mod post;

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::clients;
use super::error::OAuthError;
use super::state::At;
use crate::base::{ClientId, Secret};
use crate::identity::clients::secret_is_right;
use crate::model::{Client, ClientAuthMethod};
use crate::web::Params;

/// A method.
pub struct Method {
    /// As in discovery.
    pub name: &'static str,
    /// The registered methods for which it is proof.
    pub proves: &'static [ClientAuthMethod],
    /// What was presented by this method; `None` when it was not used.
    pub read: fn(&HeaderMap, &Params) -> Result<Option<Presented>, OAuthError>,
}

/// What a client presented.
pub struct Presented {
    /// Who it says it is.
    pub client: ClientId,
    /// Its proof; a public client has none.
    pub secret: Option<Secret<String>>,
}

/// Every method.
pub const METHODS: &[Method] = &[basic::METHOD, post::METHOD, none::METHOD];

/// The client that is calling, proven.
pub async fn authenticate(
    at: &At,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Arc<Client>, OAuthError> {
    let by_header = headers.contains_key(AUTHORIZATION);
    let (method, presented) =
        read_one(headers, params)?.ok_or_else(|| OAuthError::invalid_client(by_header))?;
    let client = clients::find(at, &presented.client).await?;
    // Before anything is said about the client: the work is the same for one that is not there.
    let right = presented
        .secret
        .as_ref()
        .map(|secret| secret_is_right(client.as_deref(), secret));
    client
        .filter(|client| method.proves.contains(&client.auth) && right != Some(false))
        .ok_or_else(|| OAuthError::invalid_client(by_header))
}

/// RFC 6749 2.3: not more than one method per request.
fn read_one(
    headers: &HeaderMap,
    params: &Params,
) -> Result<Option<(&'static Method, Presented)>, OAuthError> {
    let mut found = None;
    for method in METHODS {
        let Some(presented) = (method.read)(headers, params)? else {
            continue;
        };
        if found.is_some() {
            return Err(OAuthError::invalid_request(
                "More than one client authentication method was used.",
            ));
        }
        found = Some((method, presented));
    }
    Ok(found)
}
