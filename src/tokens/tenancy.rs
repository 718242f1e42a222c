//! In which tenants a client may act, and for whom there.

use crate::base::TenantId;
use crate::model::{Client, LoginMethod, Tenant, User};

/// Whether `user` may be known to `client` in `tenant`: the client serves it, and the person belongs
/// to it. A client that serves tenants acts in one of them always.
pub fn admits(client: &Client, user: &User, tenant: Option<&TenantId>) -> bool {
    let belongs = tenant.is_none_or(|tenant| user.tenants.contains(tenant));
    belongs && acts_in(client, tenant)
}

/// Whether what `client` was given about people in `tenant` still holds.
pub fn acts_in(client: &Client, tenant: Option<&TenantId>) -> bool {
    match tenant {
        None => client.tenants.is_empty(),
        Some(tenant) => client.tenants.contains(tenant),
    }
}

/// Whether `tenant` takes fewer ways in than there are.
pub fn is_choosy(tenant: &Tenant) -> bool {
    LoginMethod::ALL
        .iter()
        .any(|way| !tenant.login.contains(way))
}
