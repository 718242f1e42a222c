//! The tenant that access is asked for in: named by the issuer's tenant parameter, or the client's
//! only one. Whether the person belongs to it is seen when it is known who they are.

use super::Draft;
use crate::issuer::error::AuthorizeError;
use crate::issuer::tenant;

pub fn named_or_implied(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let settings = draft.at.issuer.settings();
    let required = tenant::required(settings, draft.client, draft.params);
    draft.request.tenant = required.map_err(|text| AuthorizeError {
        description: text.into(),
        ..AuthorizeError::invalid_request("")
    })?;
    Ok(())
}
