//! `response_mode`: how the answer is given back.

use super::Draft;
use crate::issuer::authorize::request::ResponseMode;
use crate::issuer::error::AuthorizeError;

pub fn supported(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let Some(name) = draft.params.find("response_mode") else {
        return Ok(());
    };
    let mut modes = ResponseMode::ALL.into_iter();
    draft.request.mode = modes
        .find(|mode| mode.as_str() == name)
        .ok_or_else(|| AuthorizeError::invalid_request("This response_mode is not supported."))?;
    Ok(())
}
