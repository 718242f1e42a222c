//! What a client wants its requests held to: pushed (RFC 9126 6), signed (RFC 9101 10.5), or all of
//! a profile (FAPI 2.0 Security Profile 5.3.2.2).

use super::Draft;
use crate::base::encoding::{base64url, sha256};
use crate::issuer::error::AuthorizeError;
use crate::model::client::Profile;
use crate::model::{Client, ResponseType};

/// Everything that decides whether a request of `client` may be made, in a few characters.
pub fn of(client: &Client) -> String {
    let rules = (&client.flows, &client.security, client.pkce);
    // Words, flags and lists of them: their JSON cannot fail.
    base64url(sha256(serde_json::to_vec(&rules).unwrap_or_default()))
}

pub fn kept(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let security = &draft.client.security;
    let strict = match security.profile {
        Profile::Oidc => false,
        Profile::Fapi2 => true,
    };
    if (security.require_par || strict) && !draft.pushed {
        return Err(AuthorizeError::invalid_request(
            "This client's requests must be pushed (RFC 9126).",
        ));
    }
    if security.require_signed_request && !draft.signed {
        return Err(AuthorizeError::invalid_request(
            "This client's requests must be signed request objects (RFC 9101).",
        ));
    }
    // There is no proof to bind such a token to (RFC 9449 10, RFC 8705 3).
    let bound = security.require_dpop || security.certificate_bound_tokens;
    if draft.request.response_type.token && (bound || strict) {
        return Err(AuthorizeError::new(
            "unauthorized_client",
            "This client's access tokens are bound to a key, which they cannot be here.",
        ));
    }
    if strict && draft.request.response_type != ResponseType::CODE {
        return Err(AuthorizeError::new(
            "unauthorized_client",
            "This client's profile has response_type=code only.",
        ));
    }
    Ok(())
}
