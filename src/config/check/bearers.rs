//! What a protected resource says of itself is found by its path: one path, one resource.

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::gateway::bearer::metadata::address;

/// Looks at every route that takes tokens.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let Some(site) = &draft.site else {
        return;
    };
    let bearers = || {
        draft.routes.iter().filter_map(|route| {
            let bearer = route.it.bearer.as_ref()?;
            let access = bearer.access.as_ref()?;
            let here = address(site, &route.it.matches.host, &route.it, bearer)?;
            Some((route, access, here))
        })
    };
    for (n, (route, access, here)) in bearers().enumerate() {
        let mut before = bearers().take(n);
        let other = before.find(|(_, other, there)| there == &here && *other != access);
        if let Some((first, ..)) = other {
            let first = ctx
                .problems
                .doc
                .span_of_value(&first.place.key("bearer").key("audience"));
            ctx.problems
                .error(
                    Code::Bearer,
                    &route.place.key("bearer").key("audience"),
                    "another route describes itself at the same address, and takes other tokens",
                )
                .also(first, "that one")
                .help(
                    "routes of one host and path take tokens of one issuer for one resource; give \
                     the resource an id on the route's host, or the route another path",
                );
        }
    }
}
