//! `[[route]]`.

mod matches;
mod upstream;

use super::{Context, Placed, identity, rule};
use crate::base::RouteId;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, OnAnonymousWord};
use crate::config::spans::Span;
use crate::config::text;
use crate::gateway::{OnAnonymous, RouteLimits, RouteSettings};

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
    let given = rule::Given {
        allow: route.allow.as_deref(),
        deny: route.deny.as_deref(),
    };
    let rule = rule::build(given, place, ctx);
    let upstreams = upstream::build(route, &place.key("upstream"), ctx);
    let identity = identity::build(route.identity.as_ref(), &place.key("identity"), ctx);
    let limits = limits(&route.limits, &place.key("limits"), ctx);
    let upstream_tls = upstream::tls(route, &upstreams, &place.key("upstream_tls"), ctx);
    let matches = route
        .matches
        .as_ref()
        .and_then(|matches| matches::build(matches, &place.key("match"), ctx));
    Some(RouteSettings {
        id: id?,
        matches: matches?,
        rule,
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
