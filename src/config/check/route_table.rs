//! The table that the gateway will use can be built: the last word on hosts and paths.

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::gateway::route::RouteTable;

/// Builds the table, when nothing was said about routes yet.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let Some(site) = draft.site.as_ref().filter(|_| !ctx.problems.has_errors()) else {
        return;
    };
    let routes: Vec<_> = draft
        .routes
        .iter()
        .map(|placed| placed.it.clone())
        .collect();
    if let Err(fault) = RouteTable::build(site, &routes) {
        ctx.problems
            .error(Code::Path, &Place::root().key("route"), fault);
    }
}
