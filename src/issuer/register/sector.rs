//! A sector's document lists the redirect URIs of all its clients (OpenID Connect Registration 5):
//! nobody joins a sector that does not name them.

use super::members::{Members, invalid};
use crate::issuer::error::OAuthError;
use crate::issuer::state::At;
use crate::model::Client;
use crate::outbound::{Limits, OutboundError};

/// Longest document, in bytes.
const LONGEST: usize = 64 * 1024;

/// Fetches the document, if one is registered, and looks for every redirect URI of `client` in it.
pub async fn check(at: &At, members: &Members, client: &Client) -> Result<(), OAuthError> {
    let Some(uri) = members.text("sector_identifier_uri")? else {
        return Ok(());
    };
    if !uri.starts_with("https://") {
        return Err(invalid(
            "sector_identifier_uri is not https: anybody on the way could change it.",
        ));
    }
    let outbound = &at.state.outbound;
    let limits = Limits::body(LONGEST);
    let fetched = outbound
        .get(uri, "application/json", limits)
        .await
        .and_then(crate::outbound::Fetched::ok)
        .map_err(|why| unfetched(&why))?;
    let listed: Vec<String> = serde_json::from_slice(&fetched.body)
        .map_err(|_| invalid("sector_identifier_uri leads to no JSON array of strings."))?;
    let missing = client
        .redirect_uris
        .iter()
        .position(|uri| !listed.contains(uri));
    match missing {
        None => Ok(()),
        Some(which) => Err(invalid(format!(
            "redirect_uris[{which}] is not in the document at sector_identifier_uri."
        ))),
    }
}

fn unfetched(why: &OutboundError) -> OAuthError {
    invalid(format!("sector_identifier_uri could not be read: {why}."))
}
