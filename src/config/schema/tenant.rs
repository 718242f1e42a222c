//! `[tenant.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Brand;
use crate::model::LoginMethod;

/// A centre, a club, an organisation that people belong to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// What clients call it in requests and find as `tenant_sub`: a UUID in lower case.
    #[schemars(required)]
    pub uuid: Option<String>,
    /// What people call it; `tenant_name`. Its name in the file by default.
    pub name: Option<String>,
    /// The only ways in for its people, in the order in which they are offered: "password",
    /// "one_time_link". All by default.
    pub login: Option<Vec<LoginMethod>>,
    /// How the pages of a request in this tenant look.
    pub brand: Option<Brand>,
}
