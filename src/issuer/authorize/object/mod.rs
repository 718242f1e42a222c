//! Request objects (OpenID Connect Core 6, RFC 9101): a request as a JWT of the client's, in
//! `request` or at a `request_uri` it registered. Processed whole or refused, never ignored.

mod rules;

use std::borrow::Cow;
use std::time::Duration;

use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::keys::Jws;
use crate::model::Client;
use crate::model::client::Profile;
use crate::outbound::Limits;
use crate::web::Params;

/// The longest request object that is fetched, in bytes.
const LONGEST: usize = 32 * 1024;
/// How long the person may be kept waiting for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request with what its object says.
pub struct Merged<'a> {
    /// The parameters that count.
    pub params: Cow<'a, Params>,
    /// Whether the client signed them.
    pub signed: bool,
}

/// Puts the parameters of a request object in the place of those beside it.
pub async fn merged<'a>(
    at: &At,
    client: &Client,
    params: &'a Params,
) -> Result<Merged<'a>, AuthorizeError> {
    let text = match (params.has("request"), params.has("request_uri")) {
        (false, false) => {
            return Ok(Merged {
                params: Cow::Borrowed(params),
                signed: false,
            });
        }
        (true, true) => {
            return Err(AuthorizeError::invalid_request(
                "request and request_uri exclude each other.",
            ));
        }
        (true, false) => params.find("request").unwrap_or_default().to_owned(),
        (false, true) => fetch(at, client, params.find("request_uri").unwrap_or_default()).await?,
    };
    let jws = Jws::read(text.trim()).map_err(|_| rules::MALFORMED)?;
    let signed = rules::proven(at, client, &jws).await?;
    rules::meant(at, client, &jws)?;
    let inside = rules::parameters(jws.claims().members())?;
    for name in ["client_id", "response_type"] {
        let (outer, inner) = (params.find(name), inside.find(name));
        if inner.is_some() && outer.is_some() && outer != inner {
            return Err(rules::CONTRADICTION);
        }
    }
    // RFC 9101 5: what is not in a signed request is not signed, so it does not count.
    let alone = client.security.require_signed_request || client.security.profile == Profile::Fapi2;
    let beside = params.iter().filter(|(name, _)| {
        let object = matches!(*name, "request" | "request_uri");
        let needed = !alone || *name == "client_id";
        !object && needed && !inside.has(name)
    });
    let all = inside.iter().chain(beside);
    let pairs = all.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Merged {
        params: Cow::Owned(Params::of(pairs.collect())),
        signed,
    })
}

/// Fetches an object from an address that the client registered (OpenID Connect Core 6.2.2).
async fn fetch(at: &At, client: &Client, uri: &str) -> Result<String, AuthorizeError> {
    let registered = &client.security.request_uris;
    if registered.is_empty() {
        return Err(AuthorizeError::new(
            "request_uri_not_supported",
            "This client has registered no request_uris.",
        ));
    }
    if !registered.iter().any(|known| known == uri) {
        return Err(AuthorizeError::new(
            "invalid_request_uri",
            "This request_uri is not registered for the client.",
        ));
    }
    let unread =
        || AuthorizeError::new("invalid_request_uri", "The request_uri could not be read.");
    let url = uri.split('#').next().unwrap_or_default();
    let kinds = "application/oauth-authz-req+jwt, application/jwt";
    let limits = Limits::body(LONGEST).within(PATIENCE);
    let fetched = at.state.outbound.get(url, kinds, limits).await;
    let fetched = fetched.and_then(crate::outbound::Fetched::ok);
    let fetched = fetched.map_err(|cause| {
        tracing::info!(client = %client.id, %cause, "a request object could not be fetched");
        unread()
    })?;
    String::from_utf8(fetched.body.to_vec()).map_err(|_| unread())
}
