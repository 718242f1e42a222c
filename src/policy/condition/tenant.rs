//! `tenant:NAME`: people of one tenant.

use super::Condition;
use crate::base::TenantId;
use crate::policy::{Entry, Facts};

pub const CONDITION: Condition = Condition {
    key: "tenant",
    argument: Some("NAME"),
    summary: "People who belong to the tenant NAME.",
    parse: |name| (name.trim() == name).then(|| Entry::Tenant(TenantId::new(name))),
    holds,
    describe,
};

fn holds(entry: &Entry, facts: Facts<'_>) -> Option<bool> {
    let Entry::Tenant(name) = entry else {
        return None;
    };
    Some(facts.user.is_some_and(|user| user.tenants.contains(name)))
}

fn describe(entry: &Entry, facts: Facts<'_>) -> Option<String> {
    let Entry::Tenant(name) = entry else {
        return None;
    };
    let Some(user) = facts.user else {
        return Some("nobody is signed in".to_owned());
    };
    let who = user.login.as_str();
    Some(if user.tenants.contains(name) {
        format!("{who} belongs to {name}")
    } else if user.tenants.is_empty() {
        format!("{who} belongs to no tenant")
    } else {
        let tenants: Vec<&str> = user.tenants.iter().map(TenantId::as_str).collect();
        format!("{who} belongs to {}", tenants.join(", "))
    })
}
