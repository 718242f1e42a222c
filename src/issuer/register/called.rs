//! What can only be said of a description by its addresses: that they may be called at all, and what
//! is found there. A sector's document lists the redirect URIs of all its clients (OpenID Connect
//! Registration 5): nobody joins a sector that does not name them.

use super::members::{Members, invalid};
use crate::issuer::error::OAuthError;
use crate::model::Client;
use crate::model::client::ClientKeys;
use crate::outbound::{Lane, Limits, Outbound, OutboundError};

/// Longest document, in bytes.
const LONGEST: usize = 64 * 1024;

/// Refuses addresses that will never be called, so that who registers them hears of it now.
fn reachable(outbound: &Outbound, client: &Client) -> Result<(), OAuthError> {
    let jwks = match &client.keys {
        Some(ClientKeys::JwksUri(uri)) => Some(uri),
        Some(ClientKeys::Jwks(_)) | None => None,
    };
    let named = [
        ("jwks_uri", jwks),
        ("backchannel_logout_uri", client.logout.backchannel.as_ref()),
    ];
    let requests = &client.security.request_uris;
    let requests = requests.iter().map(|uri| ("request_uris", Some(uri)));
    for (name, uri) in named.into_iter().chain(requests) {
        let why = uri.and_then(|uri| outbound.admits(uri).err());
        if let Some(why) = why {
            return Err(invalid(format!("{name} is never called: {why}.")));
        }
    }
    Ok(())
}

/// Fetches the document, if one is registered, and looks for every redirect URI of `client` in it.
pub async fn check(
    outbound: &Outbound,
    (members, client): (&Members, &Client),
    lane: Lane,
) -> Result<(), OAuthError> {
    reachable(outbound, client)?;
    let Some(uri) = members.text("sector_identifier_uri")? else {
        return Ok(());
    };
    if !uri.starts_with("https://") {
        return Err(invalid(
            "sector_identifier_uri is not https: anybody on the way could change it.",
        ));
    }
    let limits = Limits::body(LONGEST).in_lane(lane);
    let fetched = outbound
        .get(uri, "application/json", limits)
        .await
        .and_then(crate::outbound::Fetched::ok)
        .map_err(|why| unfetched(uri, &why))?;
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

/// One answer whether the name is unknown, private, silent or wrong: whoever registers learns nothing
/// about the network that this runs in. The log says what it was.
fn unfetched(uri: &str, why: &OutboundError) -> OAuthError {
    tracing::info!(uri, %why, "a sector_identifier_uri that an app registers could not be fetched");
    invalid("sector_identifier_uri could not be fetched.")
}
