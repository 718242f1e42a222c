//! Request objects (OpenID Connect Core 6, RFC 9101): a request as a JWT of the client's, in
//! `request` or at a `request_uri` it registered. Processed whole or refused, never ignored.

mod published;
pub(super) mod rules;

use std::borrow::Cow;

pub use published::Objects;

use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::keys::Jws;
use crate::model::Client;
use crate::model::client::Profile;
use crate::web::Params;

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
        (false, true) => {
            let uri = params.find("request_uri").unwrap_or_default();
            published::load(at, client, uri).await?
        }
    };
    let jws = Jws::read(text.trim()).map_err(|_| rules::MALFORMED)?;
    let signed = rules::proven(at, client, &jws).await?;
    rules::meant(at, client, &jws)?;
    let inside = rules::parameters(jws.claims().members())?;
    // RFC 9101 5: what is not in a signed request is not signed, so it does not count.
    let alone = client.security.require_signed_request || client.security.profile == Profile::Fapi2;
    Ok(Merged {
        params: Cow::Owned(together(&inside, params, alone)?),
        signed,
    })
}

/// The parameters of an object, and those beside it that it does not name; of these `client_id`
/// only where the object counts `alone`.
pub(super) fn together(
    inside: &Params,
    params: &Params,
    alone: bool,
) -> Result<Params, AuthorizeError> {
    for name in ["client_id", "response_type"] {
        let (outer, inner) = (params.find(name), inside.find(name));
        if inner.is_some() && outer.is_some() && outer != inner {
            return Err(rules::CONTRADICTION);
        }
    }
    let beside = params.iter().filter(|(name, _)| {
        let object = matches!(*name, "request" | "request_uri");
        let needed = !alone || *name == "client_id";
        !object && needed && !inside.has(name)
    });
    let all = inside.iter().chain(beside);
    let pairs = all.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Params::of(pairs.collect()))
}
