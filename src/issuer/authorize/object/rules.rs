//! What a request object must be, and say, to be believed.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::keys::{ForeignAlg, Jws};
use crate::model::Client;
use crate::model::client::Profile;
use crate::web::Params;

/// How far clocks may differ.
const LEEWAY: Duration = Duration::from_secs(10);
/// How long a request may be good for, and how old it may be (FAPI 2.0 Message Signing 5.3.1).
const LONGEST: Duration = Duration::from_hours(1);
/// Members that are about the JWT and no parameters (RFC 9101 4).
const OF_THE_JWT: &[&str] = &["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];

const fn invalid(description: &'static str) -> AuthorizeError {
    AuthorizeError::new("invalid_request_object", description)
}

pub const MALFORMED: AuthorizeError = invalid("The request object is not a JWT that can be read.");
pub const CONTRADICTION: AuthorizeError =
    invalid("client_id or response_type is another one inside the request object.");

/// Whether the object is signed by the client; an unsigned one only from clients that registered
/// to send such (OpenID Connect Registration 2).
pub async fn proven(at: &At, client: &Client, jws: &Jws<'_>) -> Result<bool, AuthorizeError> {
    let registered = client.algs.request_object.as_deref();
    let strict =
        client.security.require_signed_request || client.security.profile == Profile::Fapi2;
    if jws.is_unsigned() {
        return if registered == Some("none") && !strict {
            Ok(false)
        } else {
            Err(invalid("This client's request objects must be signed."))
        };
    }
    if !jws.is_typed(&["", "jwt", "oauth-authz-req+jwt"]) {
        return Err(invalid("The typ of the request object is another one."));
    }
    let one;
    let allowed = match (registered, client.security.profile) {
        (Some(name), _) => {
            one = ForeignAlg::parse(name);
            one.as_slice()
        }
        (None, Profile::Fapi2) => ForeignAlg::FAPI,
        (None, Profile::Oidc) => ForeignAlg::ALL,
    };
    let verified = at.state.client_keys.verify(client, jws, allowed).await;
    verified.map(|()| true).map_err(|cause| {
        tracing::info!(client = %client.id, %cause, "a request object was refused");
        invalid("The request object is not signed with a key of this client.")
    })
}

/// Whether the object is this client's, for this issuer, now.
pub fn meant(at: &At, client: &Client, jws: &Jws<'_>) -> Result<(), AuthorizeError> {
    let (claims, now) = (jws.claims(), at.state.clock.now());
    let has = |name: &str| claims.members().contains_key(name);
    for name in ["iss", "client_id"] {
        if has(name) && claims.text(name) != Some(client.id.as_str()) {
            return Err(invalid("iss or client_id is not this client."));
        }
    }
    if has("aud") && !claims.is_also_for(at.issuer.url()) {
        return Err(invalid("aud is not this issuer."));
    }
    if has("request") || has("request_uri") {
        return Err(invalid("A request object holds no other one."));
    }
    let time = |name| {
        let time = claims.time(name);
        time.map_err(|_| invalid("exp, nbf or iat is no time."))
    };
    let (expires, begins) = (time("exp")?, time("nbf")?);
    time("iat")?;
    if expires.is_some_and(|expires| expires.plus(LEEWAY) <= now) {
        return Err(invalid("The request object has expired."));
    }
    if begins.is_some_and(|begins| begins > now.plus(LEEWAY)) {
        return Err(invalid("The request object is not valid yet."));
    }
    match client.security.profile {
        Profile::Oidc => Ok(()),
        Profile::Fapi2 => {
            let (Some(expires), Some(begins), true) = (expires, begins, has("aud")) else {
                return Err(invalid("aud, exp and nbf are required."));
            };
            let short = expires.since(begins) <= LONGEST && now.since(begins) <= LONGEST;
            let said = invalid("The request object is valid for more than an hour, or older.");
            if short { Ok(()) } else { Err(said) }
        }
    }
}

/// The members as parameters: texts as they are, objects as JSON, lists of texts one by one.
pub fn parameters(members: &Map<String, Value>) -> Result<Params, AuthorizeError> {
    let mut pairs = Vec::new();
    for (name, value) in members {
        if OF_THE_JWT.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) | Value::Object(_) => {
                pairs.push((name.clone(), value.to_string()));
            }
            Value::Array(several) => {
                for one in several {
                    let text = one.as_str().ok_or(MALFORMED)?;
                    pairs.push((name.clone(), text.to_owned()));
                }
            }
        }
    }
    Ok(Params::of(pairs))
}
