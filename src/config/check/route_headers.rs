//! What a route writes to requests by hand never carries identity, on that route or another.

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::gateway::HeaderChanges;
use crate::gateway::assertion::Strip;

/// Looks at the headers that every route writes or removes on the way to its app.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let nothing = HeaderChanges::default();
    let mut asked = draft.routes.iter();
    if asked.all(|placed| placed.it.forwarding.request_headers == nothing) {
        return;
    }
    let routes: Vec<_> = draft
        .routes
        .iter()
        .map(|placed| placed.it.clone())
        .collect();
    let strip = Strip::new(&routes, "");
    for placed in &draft.routes {
        let changes = &placed.it.forwarding.request_headers;
        let writes = placed.it.identity.headers.iter();
        let writes: Vec<_> = writes
            .map(|header| header.name.to_ascii_lowercase())
            .collect();
        let place = placed.place.key("request_headers");
        let set = changes.set.iter().map(|(name, _)| {
            let place = place.key("set").key(name);
            (name.to_ascii_lowercase(), place, true)
        });
        let remove = changes.remove.iter().enumerate().map(|(n, name)| {
            let place = place.key("remove").item(n);
            (name.as_str().to_owned(), place, false)
        });
        for (name, place, key) in set.chain(remove) {
            if !strip.removes(&name) && !writes.contains(&name) {
                continue;
            }
            let message = format!("`{name}` says who somebody is or where they came from");
            let problem = if key {
                ctx.problems
                    .error_at_key(Code::HeaderUnsafe, &place, message)
            } else {
                ctx.problems.error(Code::HeaderUnsafe, &place, message)
            };
            problem
                .help("a client's is removed on every route; `identity.headers` writes such names");
        }
    }
}
