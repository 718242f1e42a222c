//! `response_type`: the code flow (RFC 9700 2.1.2 advises against every other).

use super::Draft;
use crate::issuer::error::AuthorizeError;

/// What can be asked for; discovery says the same.
pub const RESPONSE_TYPES: &[&str] = &["code"];

pub fn supported(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    match draft.params.find("response_type") {
        Some(kind) if RESPONSE_TYPES.contains(&kind) => Ok(()),
        Some(_) => Err(AuthorizeError::new(
            "unsupported_response_type",
            "Only response_type=code is supported.",
        )),
        None => Err(AuthorizeError::invalid_request("response_type is missing.")),
    }
}
