//! `resource`: the APIs that tokens will be for (RFC 8707 2.1), and no scope of any other.

use super::Draft;
use crate::issuer::error::AuthorizeError;
use crate::issuer::resource;

pub fn known_and_allowed(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let terms = draft.at.issuer.terms();
    let named = resource::named(terms, draft.client, draft.params)?;
    resource::fit(terms, &draft.request.scopes, &named)?;
    draft.request.extent.resources = named;
    Ok(())
}
