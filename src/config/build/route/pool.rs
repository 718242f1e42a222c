//! A route's `health`, `protocol` and the weights of its upstreams.

use http::StatusCode;

use crate::config::build::{Context, path_fault};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, ProtocolWord, UpstreamEntry};
use crate::config::spans::Span;
use crate::gateway::{Health, PoolSettings, Protocol, Upstream};

/// The most turns of one upstream.
const HEAVIEST: u16 = 100;

/// Reads them.
pub fn build(
    route: &schema::Route,
    upstreams: &[Upstream],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> PoolSettings {
    PoolSettings {
        weights: weights(route, &place.key("upstream"), ctx),
        health: health(route, &place.key("health"), ctx),
        protocol: protocol(route, upstreams, &place.key("protocol"), ctx),
    }
}

fn weights(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<u16> {
    let Some(given) = &route.upstream else {
        return Vec::new();
    };
    let entries = given.as_slice().iter().enumerate();
    entries
        .map(|(n, entry)| {
            let weight = match entry {
                UpstreamEntry::Url(_) => 1,
                UpstreamEntry::Table(table) => table.weight.unwrap_or(1),
            };
            if !(1..=HEAVIEST).contains(&weight) {
                let place = if given.is_list() {
                    place.item(n)
                } else {
                    place.clone()
                };
                ctx.problems
                    .error(
                        Code::Upstream,
                        &place.key("weight"),
                        format_args!("a weight is 1 to {HEAVIEST}"),
                    )
                    .help("leave an upstream out that is to get nothing");
            }
            weight
        })
        .collect()
}

fn health(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Health> {
    let given = route.health.as_ref()?;
    if route.upstream.is_none() {
        ctx.problems
            .warning(Code::Pointless, place, "there is no upstream to be asked")
            .help("remove `health`, or add `upstream`");
    }
    let path = given.path.clone()?;
    let plain = path.split('?').next().unwrap_or_default();
    if let Err(fault) = path_fault(plain) {
        ctx.problems.error(
            Code::Path,
            &place.key("path"),
            format_args!("the path {fault}"),
        );
    } else if !path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#')
    {
        ctx.problems.error(
            Code::Path,
            &place.key("path"),
            "the query has characters that a query cannot have",
        );
    }
    let every = given
        .every
        .as_ref()
        .and_then(|given| Span::HEALTH.read(given, &place.key("every"), ctx.problems))
        .unwrap_or(Health::EVERY);
    let status = given.status.and_then(|number| {
        let status = StatusCode::from_u16(number).ok();
        let status = status.filter(|_| (200..600).contains(&number));
        if status.is_none() {
            ctx.problems.error(
                Code::Upstream,
                &place.key("status"),
                format_args!("{number} is not the status of an answer"),
            );
        }
        status
    });
    Some(Health {
        path,
        every,
        status,
    })
}

fn protocol(
    route: &schema::Route,
    upstreams: &[Upstream],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Protocol {
    let is_tls = |upstream: &Upstream| matches!(upstream, Upstream::Https { .. });
    let fits = match route.protocol {
        None | Some(ProtocolWord::Http1) => return Protocol::Http1,
        Some(ProtocolWord::H2) => upstreams.iter().all(is_tls),
        Some(ProtocolWord::H2c) => !upstreams.iter().any(is_tls),
    };
    if !fits {
        ctx.problems
            .error(
                Code::Upstream,
                place,
                "\"h2\" is for https upstreams, and \"h2c\" for those without TLS",
            )
            .help("write the other one, or change the upstream");
    }
    Protocol::Http2
}
