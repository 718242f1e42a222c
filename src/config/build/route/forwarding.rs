//! A route's `rewrite`, `upstream_host`, `request_headers` and `response_headers`: what changes on
//! the way to an app and back.

use http::{HeaderName, HeaderValue};

use crate::config::build::{Context, host_fault, path_fault};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::walk::printable;
use crate::gateway::{Forwarding, HeaderChanges, Rewrite, Upstream, UpstreamHost};

/// Fields that frame a message, belong to one connection or say whose it is: not a route's to
/// change, in either direction.
const NEVER: &[&str] = &[
    "alt-svc",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Which way a header goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ToApp,
    Back,
}

/// Reads all of it.
pub fn build(
    route: &schema::Route,
    upstreams: &[Upstream],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Forwarding {
    let forwarding = Forwarding {
        rewrite: rewrite(route, &place.key("rewrite"), ctx),
        host: host(route, upstreams, &place.key("upstream_host"), ctx),
        request_headers: headers(
            &route.request_headers,
            Way::ToApp,
            &place.key("request_headers"),
            ctx,
        ),
        response_headers: headers(
            &route.response_headers,
            Way::Back,
            &place.key("response_headers"),
            ctx,
        ),
    };
    if forwarding != Forwarding::default() && route.upstream.is_none() {
        ctx.problems
            .warning(
                Code::Pointless,
                place,
                "the route changes what goes to an app and back, and has no upstream",
            )
            .help("remove `rewrite`, `upstream_host` and the headers, or add `upstream`");
    }
    forwarding
}

fn rewrite(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Rewrite {
    let mut read = |given: Option<&String>, key: &str| {
        let path = given.map(String::as_str).unwrap_or_default();
        if !path.is_empty()
            && let Err(fault) = path_fault(path)
        {
            ctx.problems.error(
                Code::Path,
                &place.key(key),
                format_args!("the path {fault}"),
            );
            return String::new();
        }
        path.trim_end_matches('/').to_owned()
    };
    let strip = read(route.rewrite.strip.as_ref(), "strip");
    let prefix = read(route.rewrite.prefix.as_ref(), "prefix");
    let matches = route.matches.as_ref();
    let taken = matches.and_then(|matches| matches.path.as_deref());
    let taken = taken.unwrap_or("/").trim_end_matches('/');
    let begins = taken
        .strip_prefix(strip.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !begins {
        ctx.problems
            .error(
                Code::Path,
                &place.key("strip"),
                "not every path that the route takes begins with it",
            )
            .help(format_args!(
                "set `match.path` to \"{strip}\", or to something below it"
            ));
    }
    Rewrite { strip, prefix }
}

fn host(
    route: &schema::Route,
    upstreams: &[Upstream],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> UpstreamHost {
    let fault = match route.upstream_host.as_deref() {
        None | Some("keep") => return UpstreamHost::Keep,
        Some("upstream") => {
            if !upstreams.iter().any(|one| matches!(one, Upstream::Unix(_))) {
                return UpstreamHost::Upstream;
            }
            "is the upstream's, and a unix socket has none"
        }
        Some(text) => {
            let (name, port) = match text.rsplit_once(':') {
                Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                    (name, Some(port))
                }
                Some(_) | None => (text, None),
            };
            let port_fits = port.is_none_or(|port| {
                !port.starts_with('+') && port.parse::<u16>().is_ok_and(|port| port > 0)
            });
            match host_fault(name) {
                Ok(name) if port_fits => {
                    return UpstreamHost::Name(match port {
                        Some(port) => format!("{name}:{port}"),
                        None => name,
                    });
                }
                Ok(_) => "has a port that is none",
                Err(fault) => fault,
            }
        }
    };
    ctx.problems
        .error(
            Code::Host,
            place,
            format_args!("the host for the app {fault}"),
        )
        .help("write \"keep\", \"upstream\", or a host such as \"app.internal:8080\"");
    UpstreamHost::Keep
}

fn headers(
    given: &schema::HeaderChanges,
    way: Way,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> HeaderChanges {
    let mut changes = HeaderChanges::default();
    let mut names: Vec<HeaderName> = Vec::new();
    for (name, value) in &given.set {
        let place = place.key("set").key(name);
        let fault = match header(name, way) {
            Ok(read) if way == Way::Back && read == http::header::SET_COOKIE => {
                Some("is the app's and ours alone to write")
            }
            Ok(read) if names.contains(&read) => Some("is written twice: names have no case"),
            Ok(read) => {
                names.push(read);
                None
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault {
            refuse(name, fault, &place, true, ctx);
            continue;
        }
        match HeaderValue::from_str(value) {
            Ok(value) => changes.set.push((name.clone(), value)),
            Err(_) => {
                ctx.problems.error(
                    Code::HeaderUnsafe,
                    &place,
                    "the value holds control characters",
                );
            }
        }
    }
    for (n, name) in given.remove.iter().enumerate() {
        let place = place.key("remove").item(n);
        match header(name, way) {
            Ok(read) => changes.remove.push(read),
            Err(fault) => refuse(name, fault, &place, false, ctx),
        }
    }
    changes
}

fn refuse(name: &str, fault: &str, place: &Place, key: bool, ctx: &mut Context<'_, '_>) {
    let message = format!("`{}` {fault}", printable(name));
    if key {
        ctx.problems
            .error_at_key(Code::HeaderUnsafe, place, message);
    } else {
        ctx.problems.error(Code::HeaderUnsafe, place, message);
    }
}

fn header(name: &str, way: Way) -> Result<HeaderName, &'static str> {
    let read: HeaderName = name.parse().map_err(|_| "is not a header name")?;
    let text = read.as_str();
    if NEVER.contains(&text) || text.starts_with("sec-websocket-") {
        Err("belongs to HTTP itself")
    } else if text.starts_with("doorward-") {
        Err("has a name that is Doorward's own")
    } else if way == Way::ToApp && text == "cookie" {
        Err("is the browser's to say, and checked apart")
    } else {
        Ok(read)
    }
}
