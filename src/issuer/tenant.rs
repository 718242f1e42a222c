//! In which tenants a client may act for whom.

use crate::base::TenantId;
use crate::model::{Client, User};

/// Whether `user` may be known to `client` in `tenant`: the client serves it, and the person belongs
/// to it. A client that serves tenants acts in one of them always.
pub fn admits(client: &Client, user: &User, tenant: Option<&TenantId>) -> bool {
    match tenant {
        None => client.tenants.is_empty(),
        Some(tenant) => client.tenants.contains(tenant) && user.tenants.contains(tenant),
    }
}

/// Whether `user` belongs to `tenant`, if there is one.
pub fn belongs(user: &User, tenant: Option<&TenantId>) -> bool {
    tenant.is_none_or(|tenant| user.tenants.contains(tenant))
}
