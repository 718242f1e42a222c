//! Which route takes a request never depends on the order of the file.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::gateway::{RouteMatch, RouteSettings};

/// Compares every route with those before it.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for (n, route) in draft.routes.iter().enumerate() {
        for earlier in draft.routes.iter().take(n) {
            same_id(earlier, route, ctx);
            same_requests(earlier, route, ctx);
        }
    }
}

fn same_id(
    earlier: &Placed<RouteSettings>,
    route: &Placed<RouteSettings>,
    ctx: &mut Context<'_, '_>,
) {
    if earlier.it.id != route.it.id {
        return;
    }
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
    if !equally_specific(&earlier.it.matches, &route.it.matches) {
        return;
    }
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
        .help("tell them apart by host, path or methods; order never matters");
}

/// Whether there is a request that both take and neither takes more specifically.
fn equally_specific(a: &RouteMatch, b: &RouteMatch) -> bool {
    // "/admin" and "/admin/" are one place to a person, and nearly one to a request.
    let path = |route: &RouteMatch| route.path.trim_end_matches('/').to_owned();
    let methods = match (a.methods.as_slice(), b.methods.as_slice()) {
        ([], []) => true,
        // Named methods are more specific than all of them.
        ([], _) | (_, []) => false,
        (a, b) => a.iter().any(|method| b.contains(method)),
    };
    a.host == b.host && path(a) == path(b) && methods
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn route(host: &str, path: &str, methods: &[Method]) -> RouteMatch {
        RouteMatch {
            host: host.to_owned(),
            path: path.to_owned(),
            methods: methods.to_vec(),
        }
    }

    #[test]
    fn routes_are_told_apart_by_host_path_and_methods_only() {
        let all = route("a", "/x/", &[]);
        assert!(equally_specific(&all, &route("a", "/x", &[])));
        assert!(!equally_specific(&all, &route("b", "/x/", &[])));
        assert!(!equally_specific(&all, &route("a", "/", &[])));
        assert!(!equally_specific(&all, &route("a", "/x/", &[Method::GET])));
        let get = route("a", "/x/", &[Method::GET, Method::PUT]);
        assert!(equally_specific(&get, &route("a", "/x/", &[Method::PUT])));
        assert!(!equally_specific(&get, &route("a", "/x/", &[Method::POST])));
    }
}
