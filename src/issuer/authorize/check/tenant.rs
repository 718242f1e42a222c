//! The tenant that access is asked for in: named by the issuer's tenant parameter, or the client's
//! only one. Whether the person belongs to it is seen when it is known who they are.

use super::Draft;
use crate::issuer::error::AuthorizeError;

/// An error that says by which parameter, whatever the issuer calls it.
fn error(text: String) -> AuthorizeError {
    AuthorizeError {
        description: text.into(),
        ..AuthorizeError::invalid_request("")
    }
}

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
        (None, _) => {
            return Err(error(format!(
                "This client serves several tenants: the request must name one, by its UUID, in {name}."
            )));
        }
    };
    let tenant = tenant
        .ok_or_else(|| {
            error(format!(
                "{name} is not a tenant of this client's: send its UUID, in lower case and with hyphens."
            ))
        })?
        .clone();
    draft.request.tenant = Some(tenant);
    Ok(())
}
