//! In which tenants a client may act for whom, and how a request says in which.

use super::settings::IssuerSettings;
use super::state::At;
use crate::base::TenantId;
use crate::model::{Amr, Client};
use crate::store::StoreError;
use crate::tokens::{AccessToken, is_choosy};
pub use crate::tokens::{acts_in, admits};
use crate::web::Params;

/// Whether `tenant` takes who came in by `amr`: it may take fewer ways than when it let them in.
pub fn takes(at: &At, tenant: Option<&TenantId>, amr: &[Amr]) -> bool {
    let known = at.issuer.terms().catalogue.tenant(tenant);
    tenant.is_none() || known.is_some_and(|tenant| tenant.takes(amr))
}

/// The same of who an access token is about: its grant remembers how they came in, and is looked for
/// only where that matters.
pub async fn takes_bearer(at: &At, token: &AccessToken) -> Result<bool, StoreError> {
    let Some(tenant) = at.issuer.terms().catalogue.tenant(token.tenant.as_ref()) else {
        return Ok(token.tenant.is_none());
    };
    let (true, Some(grant)) = (is_choosy(tenant), &token.grant) else {
        return Ok(true);
    };
    let grant = at.state.store.load_grant(grant).await?;
    Ok(grant.is_some_and(|grant| tenant.takes(&grant.amr)))
}

/// What a request says of the tenant that it is made in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The client knows no tenants: the parameter is one like any other unknown one.
    Untenanted,
    /// This one: it is named, or the client's only one.
    In(TenantId),
    /// Nothing, and the client serves several.
    Unsaid,
}

/// Reads the issuer's tenant parameter: the UUID of a tenant that `client` serves, byte for byte. The
/// error is for the client, and says by which parameter, whatever the issuer calls it.
pub fn asked(settings: &IssuerSettings, client: &Client, params: &Params) -> Result<Asked, String> {
    let (served, catalogue) = (&client.tenants, &settings.catalogue);
    if served.is_empty() {
        return Ok(Asked::Untenanted);
    }
    let name = settings.tenant_parameter.as_str();
    let tenant = match (params.find(name), served.as_slice()) {
        (Some(uuid), _) => catalogue
            .tenant_called(uuid)
            .map(|tenant| &tenant.id)
            .filter(|id| served.contains(id)),
        // Sent, but empty.
        (None, _) if params.has(name) => None,
        (None, [only]) => Some(only).filter(|id| catalogue.tenant(Some(id)).is_some()),
        (None, _) => return Ok(Asked::Unsaid),
    };
    tenant.cloned().map(Asked::In).ok_or_else(|| {
        format!(
            "{name} is not a tenant of this client's: send its UUID, in lower case and with hyphens."
        )
    })
}

/// The same where a client that serves tenants must say in which: wherever a person comes in.
pub fn required(
    settings: &IssuerSettings,
    client: &Client,
    params: &Params,
) -> Result<Option<TenantId>, String> {
    match asked(settings, client, params)? {
        Asked::Untenanted => Ok(None),
        Asked::In(tenant) => Ok(Some(tenant)),
        Asked::Unsaid => Err(format!(
            "This client serves several tenants: the request must name one, by its UUID, in {}.",
            settings.tenant_parameter
        )),
    }
}
