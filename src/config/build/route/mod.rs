//! `[[route]]`.

mod allow;
mod upstream;

use http::Method;

use super::{Context, Placed, host_fault, identity, path_fault};
use crate::base::RouteId;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, OnAnonymousWord};
use crate::config::spans::Span;
use crate::config::text;
use crate::gateway::{OnAnonymous, RouteLimits, RouteMatch, RouteSettings};
use crate::policy::Rule;

/// Reads every route that can be told apart from others.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Vec<Placed<RouteSettings>> {
    file.route
        .iter()
        .enumerate()
        .filter_map(|(n, route)| {
            let place = Place::root().key("route").item(n);
            let it = one(route, &place, ctx)?;
            Some(Placed { place, it })
        })
        .collect()
}

fn one(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Option<RouteSettings> {
    let origin = ctx.problems.doc.origin(place);
    let id = route.id.as_deref().map(|id| {
        check_id(id, &place.key("id"), ctx);
        RouteId::new(id)
    });
    let allow = allow::build(route, &place.key("allow"), ctx);
    let upstreams = upstream::build(route, &place.key("upstream"), ctx);
    let identity = identity::build(route.identity.as_ref(), &place.key("identity"), ctx);
    let limits = limits(&route.limits, &place.key("limits"), ctx);
    let upstream_tls = upstream::tls(route, &upstreams, &place.key("upstream_tls"), ctx);
    let matches = route
        .matches
        .as_ref()
        .and_then(|matches| requests(matches, &place.key("match"), ctx));
    Some(RouteSettings {
        id: id?,
        matches: matches?,
        rule: Rule {
            allow,
            origin: origin.clone(),
        },
        upstreams,
        upstream_tls,
        identity,
        on_anonymous: match route.on_anonymous {
            None | Some(OnAnonymousWord::Auto) => OnAnonymous::Auto,
            Some(OnAnonymousWord::Redirect) => OnAnonymous::Redirect,
            Some(OnAnonymousWord::Unauthorized) => OnAnonymous::Unauthorized,
        },
        limits,
        origin,
    })
}

fn check_id(id: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if id.is_empty() || id.len() > 64 || !plain {
        ctx.problems.error(
            Code::RouteId,
            place,
            "a route's id is 1 to 64 letters, digits, `-`, `_` and `.`",
        );
    }
}

fn requests(
    matches: &schema::Match,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<RouteMatch> {
    let path = matches.path.as_deref().unwrap_or("/");
    if let Err(fault) = path_fault(path) {
        ctx.problems.error(
            Code::Path,
            &place.key("path"),
            format_args!("the route's path {fault}"),
        );
    }
    let methods = methods(matches, &place.key("methods"), ctx);
    let host = match host_fault(matches.host.as_deref()?) {
        Ok(host) => host,
        Err(fault) => {
            ctx.problems
                .error(
                    Code::Host,
                    &place.key("host"),
                    format_args!("the route's host {fault}"),
                )
                .help("write the host alone, such as \"wiki.example.com\"");
            return None;
        }
    };
    Some(RouteMatch {
        host,
        path: path.to_owned(),
        methods,
    })
}

fn methods(matches: &schema::Match, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Method> {
    let Some(given) = &matches.methods else {
        return Vec::new();
    };
    if given.is_empty() {
        ctx.problems
            .error(Code::Method, place, "a route without methods takes nothing")
            .help("leave `methods` out for all of them");
    }
    let mut methods = Vec::new();
    for (n, text) in given.iter().enumerate() {
        let read = Method::from_bytes(text.as_bytes()).ok();
        let upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
        match read {
            Some(method)
                if upper
                    && method != Method::CONNECT
                    && method != Method::TRACE
                    && !methods.contains(&method) =>
            {
                methods.push(method);
            }
            Some(_) | None => {
                let problem = ctx.problems.error(
                    Code::Method,
                    &place.item(n),
                    "not an upper-case method that is forwarded, or named twice",
                );
                if !upper {
                    problem.help(format_args!(
                        "did you mean \"{}\"?",
                        text.to_ascii_uppercase()
                    ));
                }
            }
        }
    }
    methods
}

fn limits(limits: &schema::Limits, place: &Place, ctx: &mut Context<'_, '_>) -> RouteLimits {
    let default = RouteLimits::default();
    RouteLimits {
        body: limits
            .body
            .as_ref()
            .and_then(|given| text::size(given, &place.key("body"), ctx.problems)),
        timeout: limits
            .timeout
            .as_ref()
            .and_then(|given| Span::TIMEOUT.read(given, &place.key("timeout"), ctx.problems))
            .unwrap_or(default.timeout),
    }
}
