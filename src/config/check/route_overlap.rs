//! Which route takes a request never depends on the order of the file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::gateway::{RouteMatch, RouteSettings};

/// Compares every route with those before it that it could be taken for.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let mut ids: HashMap<&str, &Placed<RouteSettings>> = HashMap::new();
    let mut places: HashMap<Spot<'_>, Vec<&Placed<RouteSettings>>> = HashMap::new();
    for route in &draft.routes {
        match ids.entry(route.it.id.as_str()) {
            Entry::Occupied(earlier) => same_id(earlier.get(), route, ctx),
            Entry::Vacant(free) => {
                free.insert(route);
            }
        }
        let here = places.entry(spot(&route.it.matches)).or_default();
        for earlier in here.iter() {
            if earlier.it.matches.rivals(&route.it.matches) {
                same_requests(earlier, route, ctx);
            }
        }
        here.push(route);
    }
}

/// What routes share that are told apart by methods and headers alone.
type Spot<'a> = (&'a str, &'a str, Option<&'a str>);

fn spot(matches: &RouteMatch) -> Spot<'_> {
    // "/admin" and "/admin/" are one place to a person, and nearly one to a request.
    let path = matches.path.trim_end_matches('/');
    (&matches.host, path, matches.path_regex.as_deref())
}

fn same_id(
    earlier: &Placed<RouteSettings>,
    route: &Placed<RouteSettings>,
    ctx: &mut Context<'_, '_>,
) {
    let first = ctx.problems.doc.span_of_value(&earlier.place.key("id"));
    ctx.problems
        .error(
            Code::Duplicate,
            &route.place.key("id"),
            format_args!("there are two routes called `{}`", route.it.id),
        )
        .also(first, "the first is here")
        .help("give one of them another id");
}

fn same_requests(
    earlier: &Placed<RouteSettings>,
    route: &Placed<RouteSettings>,
    ctx: &mut Context<'_, '_>,
) {
    let first = ctx.problems.doc.span_of_value(&earlier.place.key("match"));
    ctx.problems
        .error(
            Code::Ambiguous,
            &route.place.key("match"),
            format_args!(
                "routes `{}` and `{}` take the same requests",
                earlier.it.id, route.it.id
            ),
        )
        .also(first, format_args!("route `{}`", earlier.it.id))
        .help("tell them apart by host, path, methods or headers; order never matters");
}
