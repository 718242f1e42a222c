//! `max_age`: how long ago the person may have signed in, in seconds.

use super::Draft;
use crate::issuer::error::AuthorizeError;

pub fn understood(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let Some(text) = draft.params.find("max_age") else {
        draft.request.max_age = draft.client.defaults.max_age;
        return Ok(());
    };
    let seconds = Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or(AuthorizeError::invalid_request(
            "max_age must be a number of seconds.",
        ))?;
    draft.request.max_age = Some(seconds);
    Ok(())
}
