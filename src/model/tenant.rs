//! Tenants: a centre, a club, an organisation that people belong to, and the ways in that it takes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::session::Amr;
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
    /// By what its people may prove who they are, in the order in which it is offered; never empty.
    pub login: Vec<LoginMethod>,
}

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginMethod {
    /// User name or e-mail address, and password.
    Password,
    /// A one-time link that an operator makes.
    OneTimeLink,
}

impl LoginMethod {
    /// Every one there is.
    pub const ALL: [Self; 2] = [Self::Password, Self::OneTimeLink];

    /// As what it is written into sessions and tokens.
    pub const fn amr(self) -> Amr {
        match self {
            Self::Password => Amr::Pwd,
            Self::OneTimeLink => Amr::Otp,
        }
    }

    /// As pages say it, after "with".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Password => "user name and password",
            Self::OneTimeLink => "a one-time link",
        }
    }
}

impl Tenant {
    /// Whether somebody who signed in by `amr` came in by a way that it takes.
    pub fn takes(&self, amr: &[Amr]) -> bool {
        self.login.iter().any(|method| amr.contains(&method.amr()))
    }

    /// Its ways in, in words.
    pub fn ways(&self) -> String {
        let words: Vec<_> = self.login.iter().map(|method| method.words()).collect();
        words.join(" or ")
    }
}
