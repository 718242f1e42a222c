//! Which claims a scope promises, and what they say about a person.
//!
//! A claim without a value is left out: never null, never empty, never invented.

mod mapping;
mod names;
mod personal;
mod standard;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::{ScopeSet, TenantId};
use crate::model::{Tenant, User};

pub use mapping::{FACTS, FILTERS, Fault, Mapping};
pub use names::{ClaimName, NameFault};
pub use personal::Personal;
pub use standard::SCOPES;

/// Further scope names for claims, as an issuer is configured.
pub type ScopeClaims = BTreeMap<String, Vec<String>>;

/// Claims about the login itself, which belong to no scope.
const OF_THE_LOGIN: &[&str] = &["acr", "auth_time", "sub"];

/// A claim of the configuration's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomClaim {
    /// The scope that gives it.
    pub scope: String,
    /// What it says.
    pub value: Mapping,
}

/// What an issuer can say about people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Further scope names.
    pub scope_claims: ScopeClaims,
    /// Further claims.
    pub custom: BTreeMap<ClaimName, CustomClaim>,
    /// Every tenant that a grant may name.
    pub tenants: BTreeMap<TenantId, Tenant>,
}

/// Somebody that claims are about.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    /// The person.
    pub user: &'a User,
    /// What they are called towards the client.
    pub sub: &'a str,
    /// The tenant that the client was given access in.
    pub tenant: Option<&'a Tenant>,
}

impl Catalogue {
    /// Whether the issuer knows the scope.
    pub fn knows(&self, scope: &str) -> bool {
        self.scope_names().contains(&scope)
    }

    /// Every scope the issuer knows, each once.
    pub fn scope_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = SCOPES.iter().map(|(name, _)| *name).collect();
        let further = self.scope_claims.keys().map(String::as_str);
        let custom = self.custom.values().map(|claim| claim.scope.as_str());
        for name in further.chain(custom) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Every claim that the issuer's scopes can give, each once.
    pub fn claim_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for scope in self.scope_names() {
            for claim in self.promised(scope) {
                if !names.contains(&claim) {
                    names.push(claim);
                }
            }
        }
        names
    }

    /// Somebody, called `sub`, in a tenant.
    pub fn whom<'a>(&'a self, user: &'a User, sub: &'a str, tenant: Option<&TenantId>) -> Whom<'a> {
        Whom {
            user,
            sub,
            tenant: self.tenant(tenant),
        }
    }

    /// The tenant of a grant.
    pub fn tenant(&self, id: Option<&TenantId>) -> Option<&Tenant> {
        self.tenants.get(id?)
    }

    /// The tenant that clients know by `uuid`, as configured.
    pub fn tenant_called(&self, uuid: &str) -> Option<&Tenant> {
        self.tenants.values().find(|tenant| tenant.uuid == uuid)
    }

    /// What `scopes` promise, as far as there is something to say. Without `sub`.
    pub fn about(&self, whom: &Whom<'_>, scopes: &ScopeSet) -> Personal {
        let mut said = Personal::default();
        for claim in scopes.iter().flat_map(|scope| self.promised(scope)) {
            if let Some(value) = self.single(whom, claim) {
                said.say(claim, value);
            }
        }
        said
    }

    /// What these claims say, as far as a scope of the issuer's could give them.
    pub fn asked<'n>(&self, whom: &Whom<'_>, names: impl Iterator<Item = &'n str>) -> Personal {
        let known = self.claim_names();
        let mut said = Personal::default();
        for name in names.filter(|name| known.contains(name)) {
            if let Some(value) = self.single(whom, name) {
                said.say(name, value);
            }
        }
        said
    }

    /// Whether `scope` gives `claim`.
    pub fn gives(&self, scope: &str, claim: &str) -> bool {
        self.promised(scope).any(|promised| promised == claim)
    }

    /// Whether a client with these scopes may ask for the claim by itself (OpenID Connect Core 5.5):
    /// one about the login, or one that a scope of it gives.
    pub fn may_say(&self, scopes: &ScopeSet, claim: &str) -> bool {
        OF_THE_LOGIN.contains(&claim) || scopes.iter().any(|scope| self.gives(scope, claim))
    }

    /// What a single claim says.
    pub fn single(&self, whom: &Whom<'_>, claim: &str) -> Option<Value> {
        match self.custom.get(claim) {
            Some(custom) => custom.value.value(whom),
            None => standard::value(whom, claim),
        }
    }

    /// The claims of a scope.
    pub fn promised<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = &'a str> {
        let built_in = SCOPES.iter().filter(move |(name, _)| *name == scope);
        let further = self.scope_claims.get(scope).into_iter().flatten();
        let custom = self
            .custom
            .iter()
            .filter(move |(_, claim)| claim.scope == scope);
        built_in
            .flat_map(|(_, claims)| claims.iter().copied())
            .chain(further.map(String::as_str))
            .chain(custom.map(|(name, _)| name.as_str()))
    }
}
