//! Request objects that clients publish, by their addresses. Anybody may begin a request that names
//! one, so a client's server is not asked for every such request.

use std::time::Duration;

use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::model::Client;
use crate::outbound::{Fetched, Good, Kept, Lane, Limits, Missed};

/// Objects that are kept in memory.
const KEPT: usize = 256;
/// The longest that is fetched, in bytes.
const LONGEST: usize = 32 * 1024;
/// How long the person may be kept waiting for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one counts whose address names its content by a fragment, which changes with it
/// (OpenID Connect Core 6.2).
const NAMED: Duration = Duration::from_mins(5);
/// How long that counts on while its server is away.
const AWAY: Duration = Duration::from_hours(24);
/// How long any other counts, and one that could not be had.
const MOMENT: Duration = Duration::from_secs(1);

/// Objects by their addresses, fragments included.
#[derive(Debug)]
pub struct Objects(Kept<String, String>);

impl Default for Objects {
    fn default() -> Self {
        Self(Kept::new(KEPT))
    }
}

/// The object at an address that the client registered (OpenID Connect Core 6.2.2).
pub(super) async fn load(at: &At, client: &Client, uri: &str) -> Result<String, AuthorizeError> {
    let registered = &client.security.request_uris;
    if registered.is_empty() {
        return Err(AuthorizeError::new(
            "request_uri_not_supported",
            "This client has registered no request_uris.",
        ));
    }
    let known = registered.iter().find(|known| *known == uri);
    let uri = known.ok_or_else(|| {
        AuthorizeError::new(
            "invalid_request_uri",
            "This request_uri is not registered for the client.",
        )
    })?;
    let fetching = |known| fetch(at, client, uri, Lane::of_known(known));
    let Objects(kept) = at.issuer.objects();
    let object = kept.load(uri, at.state.clock.now(), fetching).await;
    object.ok_or_else(|| {
        AuthorizeError::new("invalid_request_uri", "The request_uri could not be read.")
    })
}

async fn fetch(at: &At, client: &Client, uri: &str, lane: Lane) -> Result<Good<String>, Missed> {
    let (url, named) = match uri.split_once('#') {
        Some((url, _)) => (url, true),
        None => (uri, false),
    };
    let kinds = "application/oauth-authz-req+jwt, application/jwt";
    let limits = Limits::body(LONGEST).within(PATIENCE).in_lane(lane);
    let fetched = at.state.outbound.get(url, kinds, limits).await;
    let fetched = fetched.and_then(Fetched::ok).map_err(|cause| {
        tracing::info!(client = %client.id, %cause, "a request object could not be fetched");
        Missed::by(&cause, MOMENT)
    })?;
    let text = String::from_utf8(fetched.body.to_vec());
    let value = text.map_err(|_| Missed::Gone(MOMENT))?;
    // What stands at any other address may be another request every time.
    let (life, beyond) = if named {
        (NAMED, AWAY)
    } else {
        (MOMENT, Duration::ZERO)
    };
    Ok(Good {
        value,
        life,
        beyond,
    })
}
