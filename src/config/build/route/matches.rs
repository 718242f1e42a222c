//! A route's `match`: which requests it takes.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Method};

use crate::config::build::{Context, host_fault, path_fault};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::walk::printable;
use crate::gateway::RouteMatch;
use crate::gateway::route::{check_pattern, wildcard};

/// The longest expression.
const LONGEST: usize = 1024;

/// Fields that no route is chosen by: what names the host, frames the body or belongs to one
/// connection is not the client's to choose a route with, and cookies change on the way.
const NOT_ASKED: &[&str] = &[
    "connection",
    "content-length",
    "cookie",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads them; `None` without a host that can be used.
pub fn build(
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
    if let Some(text) = &matches.path_regex {
        pattern(text, &place.key("path_regex"), ctx);
    }
    let methods = methods(matches, &place.key("methods"), ctx);
    let headers = headers(&matches.headers, &place.key("headers"), ctx);
    Some(RouteMatch {
        host: host(matches.host.as_deref()?, &place.key("host"), ctx)?,
        path: path.to_owned(),
        path_regex: matches.path_regex.clone(),
        methods,
        headers,
    })
}

fn host(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<String> {
    let rest = wildcard(text);
    let fault = match host_fault(rest.unwrap_or(text)) {
        Ok(host) if rest.is_none() => return Some(host),
        // An address has no labels.
        Ok(host) if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() => {
            "has a wildcard before an address"
        }
        Ok(host) => return Some(format!("*.{host}")),
        Err(fault) => fault,
    };
    ctx.problems
        .error(Code::Host, place, format_args!("the route's host {fault}"))
        .help(
            "write the host alone, such as \"wiki.example.com\"; \"*.example.com\" is every host \
             that has one label more",
        );
    None
}

fn pattern(text: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    if text.len() > LONGEST {
        ctx.problems.error(
            Code::Path,
            place,
            format_args!("an expression has at most {LONGEST} characters"),
        );
        return;
    }
    if let Err(fault) = check_pattern(text) {
        // The last line says what is wrong; those before draw the expression.
        let fault = fault.to_string();
        let fault = fault.lines().last().unwrap_or_default();
        let fault = fault.strip_prefix("error: ").unwrap_or(fault);
        ctx.problems
            .error(
                Code::Path,
                place,
                format_args!("the expression cannot be used: {}", printable(fault)),
            )
            .help("it is for the whole path, such as \"/api/v[0-9]+(/.*)?\"");
    }
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

fn headers(
    given: &BTreeMap<String, String>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    for (name, value) in given {
        let read = name.parse::<HeaderName>().ok();
        let read = read.filter(|read| !NOT_ASKED.contains(&read.as_str()));
        let place = place.key(name);
        let Some(read) = read else {
            ctx.problems.error_at_key(
                Code::MatchHeader,
                &place,
                format_args!(
                    "`{}` is no header that a route is chosen by",
                    printable(name)
                ),
            );
            continue;
        };
        if headers.iter().any(|(known, _)| *known == read) {
            ctx.problems.error_at_key(
                Code::MatchHeader,
                &place,
                format_args!("`{read}` is named twice: header names have no case"),
            );
            continue;
        }
        // What comes over the wire has no blanks around it.
        match HeaderValue::from_str(value) {
            Ok(read_value) if value.trim() == value => headers.push((read, read_value)),
            Ok(_) | Err(_) => {
                ctx.problems.error(
                    Code::MatchHeader,
                    &place,
                    "no request can have this value: it holds control characters, or blanks \
                     around it",
                );
            }
        }
    }
    headers
}
