//! A route, as settings in force are shown.

use http::HeaderName;
use serde_json::{Value, json};

use super::{meaning, upstream};
use crate::gateway::{
    HeaderChanges, Instead, OnAnonymous, Piece, Protocol, RouteSettings, UpstreamHost,
};
use crate::policy::Entry;

pub(super) fn route(route: &RouteSettings) -> Value {
    let methods: Vec<_> = route
        .matches
        .methods
        .iter()
        .map(http::Method::as_str)
        .collect();
    let headers: serde_json::Map<String, Value> = route
        .identity
        .headers
        .iter()
        .map(|header| (header.name.clone(), meaning(&header.value).into()))
        .collect();
    json!({
        "id": route.id,
        "at": route.origin,
        "host": route.matches.host,
        "path": route.matches.path,
        "path_regex": route.matches.path_regex,
        "methods": methods,
        "match_headers": route.matches.headers.iter().map(|(name, value)| {
            (name.to_string(), value.to_str().unwrap_or_default().into())
        }).collect::<serde_json::Map<String, Value>>(),
        "allow": entries(&route.rule.allow),
        "deny": entries(&route.rule.deny),
        "require": route.rule.require.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "policy": route.rule.name,
        "tell": route.tell,
        "upstream": route.upstreams.iter().map(upstream).collect::<Vec<_>>(),
        "weights": route.pool.weights,
        "protocol": match route.pool.protocol {
            Protocol::Http1 => "http/1.1",
            Protocol::Http2 => "h2",
        },
        "health": route.pool.health.as_ref().map(|health| json!({
            "path": health.path,
            "every": humantime::format_duration(health.every).to_string(),
            "status": health.status.map(|status| status.as_u16()),
        })),
        "instead": route.instead.as_ref().map(instead),
        "rewrite": { "strip": route.forwarding.rewrite.strip, "prefix": route.forwarding.rewrite.prefix },
        "upstream_host": match &route.forwarding.host {
            UpstreamHost::Keep => "keep",
            UpstreamHost::Upstream => "upstream",
            UpstreamHost::Name(name) => name,
        },
        "request_headers": changes(&route.forwarding.request_headers),
        "response_headers": changes(&route.forwarding.response_headers),
        "headers": headers,
        "assertion": route.identity.assertion,
        "separator": route.identity.separator.to_string(),
        "on_anonymous": match route.on_anonymous {
            OnAnonymous::Auto => "auto",
            OnAnonymous::Redirect => "redirect",
            OnAnonymous::Unauthorized => "401",
        },
        "limits": {
            "body": route.limits.body,
            "connect": humantime::format_duration(route.limits.connect).to_string(),
            "timeout": humantime::format_duration(route.limits.timeout).to_string(),
        },
    })
}

fn entries(list: &[Entry]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn changes(changes: &HeaderChanges) -> Value {
    // Values may be secrets of the app's.
    let set: Vec<_> = changes.set.iter().map(|(name, _)| name).collect();
    let remove: Vec<_> = changes.remove.iter().map(HeaderName::as_str).collect();
    json!({ "set": set, "remove": remove })
}

/// What a route answers by itself, in words: `redirect 308 to https://new.example.com{path}`.
pub(in crate::cli) fn instead(instead: &Instead) -> String {
    match instead {
        Instead::Redirect { to, status } => {
            let to: String = to
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.as_str(),
                    Piece::Path => "{path}",
                    Piece::Query => "{query}",
                    Piece::Host => "{host}",
                })
                .collect();
            format!("redirect {} to {to}", status.as_u16())
        }
        Instead::Answer { status, body, .. } => {
            format!("answer {} of {} bytes", status.as_u16(), body.len())
        }
        Instead::Maintenance { .. } => "maintenance 503".to_owned(),
    }
}
