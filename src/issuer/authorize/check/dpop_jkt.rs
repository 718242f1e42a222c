//! `dpop_jkt` (RFC 9449 10): the code is for one key alone.

use super::Draft;
use crate::issuer::dpop::is_thumbprint;
use crate::issuer::error::AuthorizeError;
use crate::model::grant::Confirmation;

pub fn understood(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    if !draft.params.has("dpop_jkt") {
        return Ok(());
    }
    let jkt = draft
        .params
        .find("dpop_jkt")
        .filter(|jkt| is_thumbprint(jkt));
    let jkt = jkt.ok_or(AuthorizeError::invalid_request(
        "dpop_jkt must be the base64url of a SHA-256 thumbprint.",
    ))?;
    let asked = Confirmation::Dpop(jkt.to_owned());
    let proven = draft.request.extent.confirmation.replace(asked.clone());
    // A pushed request may have proven its key, too (RFC 9449 10.1).
    if proven.is_some_and(|proven| proven != asked) {
        return Err(AuthorizeError::invalid_request(
            "dpop_jkt is not the thumbprint of the key that was proven.",
        ));
    }
    Ok(())
}
