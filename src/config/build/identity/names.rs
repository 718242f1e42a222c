//! Names that cannot carry identity.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::IdentityTable;
use crate::gateway::IdentityHeaders;

/// Headers that belong to HTTP, to proxying, or to Doorward itself; folded names.
const TAKEN: &[&str] = &[
    "accept",
    "accept-encoding",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "location",
    "max-forwards",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
];

/// No two names may be one to an app that folds case, `-` and `_`.
pub fn check_twins(
    table: &IdentityTable,
    sent: &IdentityHeaders,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for name in table.headers.keys() {
        let folded = fold(name);
        if let Some((_, twin)) = seen.iter().find(|(known, _)| *known == folded) {
            ctx.problems
                .error_at_key(
                    Code::HeaderUnsafe,
                    &place.key("headers").key(name),
                    format_args!("`{name}` and `{twin}` are one header to many apps"),
                )
                .help("apps fold case, `-` and `_`: keep one of them");
        }
        seen.push((folded, name));
    }
    let Some(assertion) = &sent.assertion else {
        return;
    };
    let chosen = place.key("assertion");
    if let Some(fault) = fault(assertion) {
        ctx.problems.error(
            Code::HeaderUnsafe,
            &chosen,
            format_args!("`{}` {fault}", crate::config::walk::printable(assertion)),
        );
    } else if let Some(header) = sent
        .headers
        .iter()
        .find(|header| fold(&header.name) == fold(assertion))
    {
        ctx.problems.error(
            Code::HeaderUnsafe,
            &chosen,
            format_args!(
                "the assertion and the header `{}` have the same name",
                header.name
            ),
        );
    }
}

/// What is wrong with a header's name.
pub fn fault(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    if name.len() > 64 || name.parse::<http::HeaderName>().is_err() {
        Some("is not a header name")
    } else if TAKEN.contains(&folded.as_str()) || folded.starts_with("sec-") {
        Some("is not a header that can carry identity")
    } else {
        None
    }
}

/// A name as apps that fold case, `-` and `_` see it.
pub fn fold(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
