//! Request objects are not taken, and never silently ignored (OpenID Connect Core 3.1.2.6).

use super::Draft;
use crate::issuer::error::AuthorizeError;

pub fn refuse(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    if draft.params.has("request") {
        return Err(AuthorizeError::new(
            "request_not_supported",
            "The request parameter is not supported.",
        ));
    }
    if draft.params.has("request_uri") {
        return Err(AuthorizeError::new(
            "request_uri_not_supported",
            "The request_uri parameter is not supported.",
        ));
    }
    Ok(())
}
