//! `nonce`: what ties an ID token that comes through the browser to the login it answers (OpenID
//! Connect Core 3.2.2.1, 3.3.2.11).

use super::Draft;
use crate::issuer::error::AuthorizeError;

pub fn present_for_id_tokens(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    if draft.request.response_type.id_token && draft.request.nonce.is_none() {
        return Err(AuthorizeError::invalid_request(
            "nonce is required when an ID token is asked for at this endpoint.",
        ));
    }
    Ok(())
}
