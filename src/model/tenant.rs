//! Tenants: a centre, a club, an organisation that people belong to.

use crate::base::TenantId;

/// A tenant, from the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name in the file.
    pub id: TenantId,
    /// What clients call it: a UUID in lower case (`tenant_sub`).
    pub uuid: String,
    /// What people call it (`tenant_name`).
    pub name: String,
}
