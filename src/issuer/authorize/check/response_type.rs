//! `response_type` and `response_mode`: what the answer holds and how it goes back. Tokens never
//! travel in a query (OAuth 2.0 Multiple Response Type Encoding Practices 5).

use super::Draft;
use crate::issuer::authorize::mode::{Carrier, ResponseMode};
use crate::issuer::error::AuthorizeError;
use crate::model::ResponseType;

pub fn known_and_allowed(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let asked = draft.params.find("response_type");
    let known = asked.and_then(ResponseType::parse);
    let response_type = known.unwrap_or(ResponseType::CODE);
    // How to answer is settled first: the errors below go back that way, too.
    let mode = mode(draft.params.find("response_mode"), response_type);
    draft.request.mode = *mode.as_ref().unwrap_or(&ResponseMode::usual(response_type));
    draft.request.response_type = response_type;
    if asked.is_none() {
        return Err(AuthorizeError::invalid_request("response_type is missing."));
    }
    if known.is_none() {
        return Err(AuthorizeError::new(
            "unsupported_response_type",
            "This response_type is not supported.",
        ));
    }
    if !draft.client.flows.respond(response_type) {
        return Err(AuthorizeError::new(
            "unauthorized_client",
            "This client is not registered for this response_type.",
        ));
    }
    mode.map(drop)
}

fn mode(name: Option<&str>, response_type: ResponseType) -> Result<ResponseMode, AuthorizeError> {
    let Some(name) = name else {
        return Ok(ResponseMode::usual(response_type));
    };
    let mode = ResponseMode::parse(name, response_type).ok_or(AuthorizeError::invalid_request(
        "This response_mode is not supported.",
    ))?;
    if response_type.is_front_channel() && mode.carrier == Carrier::Query {
        return Err(AuthorizeError::invalid_request(
            "Tokens do not travel in a query: use response_mode=fragment or form_post.",
        ));
    }
    Ok(mode)
}
