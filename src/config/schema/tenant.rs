//! `[tenant.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// A centre, a club, an organisation that people belong to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// What clients call it in requests and find as `tenant_sub`: a UUID in lower case.
    #[schemars(required)]
    pub uuid: Option<String>,
    /// What people call it; `tenant_name`. Its name in the file by default.
    pub name: Option<String>,
}
