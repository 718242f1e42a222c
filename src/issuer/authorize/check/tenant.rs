//! The tenant that access is asked for in: named by the issuer's tenant parameter, or the client's
//! only one. Whether the person belongs to it is seen when it is known who they are.

use super::Draft;
use crate::issuer::error::AuthorizeError;

const UNNAMED: AuthorizeError = AuthorizeError::invalid_request(
    "This client serves several tenants: the request must name one, by its UUID.",
);
const UNKNOWN: AuthorizeError = AuthorizeError::invalid_request(
    "The tenant is not one of this client's: send its UUID, in lower case and with hyphens.",
);

pub fn named_or_implied(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let settings = draft.at.issuer.settings();
    let served = &draft.client.tenants;
    if served.is_empty() {
        // To a client that knows no tenants the parameter is one like any other unknown one.
        return Ok(());
    }
    let name = settings.tenant_parameter.as_str();
    let tenant = match (draft.params.find(name), served.as_slice()) {
        (Some(uuid), _) => settings
            .catalogue
            .tenant_called(uuid)
            .map(|tenant| &tenant.id)
            .filter(|id| served.contains(id)),
        // Sent, but empty.
        (None, _) if draft.params.has(name) => None,
        (None, [only]) => Some(only).filter(|id| settings.catalogue.tenant(Some(id)).is_some()),
        (None, _) => return Err(UNNAMED),
    };
    draft.request.tenant = Some(tenant.ok_or(UNKNOWN)?.clone());
    Ok(())
}
