//! `prompt`: what the person must or must not be shown.

use super::Draft;
use crate::issuer::authorize::request::Prompt;
use crate::issuer::error::AuthorizeError;

pub fn understood(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let mut prompt = Prompt::default();
    let asked = draft.params.find("prompt").unwrap_or_default();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            // Choosing an account is signing in with it; making one begins on the same page.
            "login" | "select_account" | "create" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(AuthorizeError::invalid_request("prompt is not understood.")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(AuthorizeError::invalid_request(
            "prompt=none cannot be combined with anything else.",
        ));
    }
    draft.request.prompt = prompt;
    Ok(())
}
