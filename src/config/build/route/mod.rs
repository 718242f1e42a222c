//! `[[route]]`.

mod bearer;
mod caching;
mod credentials;
mod forwarding;
mod instead;
mod matches;
mod pool;
mod portal;
mod upstream;

use super::{Context, Placed, Policies, identity, path_fault, rule};
use crate::base::RouteId;
use crate::base::text::is_plain;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, OnAnonymousWord};
use crate::config::spans::Span;
use crate::config::text;
use crate::gateway::{OnAnonymous, RouteLimits, RouteSettings};

/// Reads every route that can be told apart from others.
pub fn build(
    file: &File,
    policies: &Policies,
    ctx: &mut Context<'_, '_>,
) -> Vec<Placed<RouteSettings>> {
    file.route
        .iter()
        .enumerate()
        .filter_map(|(n, route)| {
            let place = Place::root().key("route").item(n);
            let it = one(file, route, policies, &place, ctx)?;
            Some(Placed { place, it })
        })
        .collect()
}

fn one(
    file: &File,
    route: &schema::Route,
    policies: &Policies,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<RouteSettings> {
    let origin = ctx.problems.doc.origin(place);
    let id = route.id.as_deref().map(|id| {
        check_id(id, &place.key("id"), ctx);
        RouteId::new(id)
    });
    let rule = rule::of_route(route, policies, place, ctx);
    let shadow = rule::on_trial(route.shadow.as_ref(), &rule, &place.key("shadow"), ctx);
    let upstreams = upstream::build(route, &place.key("upstream"), ctx);
    let pool = pool::build(route, &upstreams, place, ctx);
    let instead = instead::build(route, place, ctx);
    let forwarding = forwarding::build(route, &upstreams, place, ctx);
    let mut identity = identity::build(route.identity.as_ref(), &place.key("identity"), ctx);
    bearer::given_to_app(file, route, &mut identity, place, ctx);
    let bearer = bearer::build(file, route.bearer.as_ref(), &place.key("bearer"), ctx);
    let credentials = credentials::build(route, &identity, &place.key("credentials"), ctx);
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
        shadow,
        listing: portal::build(
            route.portal.as_ref(),
            route.id.as_deref(),
            &place.key("portal"),
            ctx,
        ),
        compress: route.compress,
        cache: caching::build(route.cache.as_ref(), &place.key("cache"), ctx),
        tell: tell(route.tell.as_deref(), &place.key("tell"), ctx),
        upstreams,
        pool,
        instead,
        forwarding,
        upstream_tls,
        bearer,
        credentials,
        identity,
        on_anonymous: match route.on_anonymous {
            None | Some(OnAnonymousWord::Auto) => OnAnonymous::Auto,
            Some(OnAnonymousWord::Redirect) => OnAnonymous::Redirect,
            Some(OnAnonymousWord::Unauthorized) => OnAnonymous::Unauthorized,
        },
        sign_out: sign_out(route, &place.key("sign_out"), ctx),
        limits,
        origin,
    })
}

/// The longest text that is told, in characters.
const TELL: usize = 500;

fn tell(given: Option<&str>, place: &Place, ctx: &mut Context<'_, '_>) -> Option<String> {
    let given = given?;
    if given.trim().is_empty() || given.chars().count() > TELL || !is_plain(given) {
        ctx.problems.error(
            Code::Policy,
            place,
            format_args!("`tell` is one line of 1 to {TELL} visible characters"),
        );
    }
    Some(given.to_owned())
}

/// Paths are compared as they are forwarded, so they are written as they are forwarded.
fn sign_out(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<String> {
    for (n, path) in route.sign_out.iter().enumerate() {
        if let Err(fault) = path_fault(path) {
            ctx.problems.error(
                Code::Path,
                &place.item(n),
                format_args!("the path at which the app signs people out {fault}"),
            );
        }
    }
    route.sign_out.clone()
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
        connect: limits
            .connect
            .as_ref()
            .and_then(|given| Span::CONNECT.read(given, &place.key("connect"), ctx.problems))
            .unwrap_or(default.connect),
        timeout: limits
            .timeout
            .as_ref()
            .and_then(|given| Span::TIMEOUT.read(given, &place.key("timeout"), ctx.problems))
            .unwrap_or(default.timeout),
    }
}
