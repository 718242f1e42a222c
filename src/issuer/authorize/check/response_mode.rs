//! `response_mode`: how the answer is given back.

use super::Draft;
use crate::issuer::error::AuthorizeError;

/// What can be asked for; discovery says the same.
pub const RESPONSE_MODES: &[&str] = &["query"];

pub fn supported(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    match draft.params.find("response_mode") {
        None => Ok(()),
        Some(mode) if RESPONSE_MODES.contains(&mode) => Ok(()),
        Some(_) => Err(AuthorizeError::invalid_request(
            "This response_mode is not supported.",
        )),
    }
}
