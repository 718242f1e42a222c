//! Rules across sections, one file each, in the order they run.

mod bearers;
mod called;
mod certificates;
mod client_auth;
mod client_uses;
mod clients;
mod issuer_paths;
mod listeners;
mod rates;
mod registration;
mod resources;
mod route_headers;
mod route_overlap;
mod route_table;
mod rules;
mod scopes;
mod site_paths;
mod tenants;

use super::build::{Context, Draft};

/// A rule across sections.
type Check = fn(&Draft, &mut Context<'_, '_>);

const CHECKS: &[Check] = &[
    listeners::check,
    certificates::check,
    issuer_paths::check,
    clients::check,
    client_auth::check,
    client_uses::check,
    called::check,
    registration::check,
    rates::check,
    resources::check,
    scopes::check,
    tenants::check,
    route_headers::check,
    route_overlap::check,
    bearers::check,
    site_paths::check,
    route_table::check,
    rules::check,
];

pub use issuer_paths::prefixes;

/// Runs every rule.
pub fn all(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for check in CHECKS {
        check(draft, ctx);
    }
}
