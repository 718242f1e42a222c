//! `id_token_hint`: whom the client expects. It must be an ID token this issuer signed for this
//! client; it never signs anybody in.

use super::Draft;
use crate::issuer::error::AuthorizeError;

pub fn ours(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let Some(jwt) = draft.params.find("id_token_hint") else {
        return Ok(());
    };
    let hint = draft
        .at
        .state
        .tokens
        .read_hint(draft.at.issuer.terms(), jwt)
        .filter(|hint| hint.client == draft.client.id)
        .ok_or(AuthorizeError::invalid_request(
            "id_token_hint is not an ID token of this client.",
        ))?;
    draft.request.hint = Some(hint.user);
    Ok(())
}
