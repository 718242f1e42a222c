//! A route's `identity`: a preset, and changes to it.

use super::Context;
use crate::base::Secret;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{AssertionChoice, HeaderText, Identity, IdentityTable, SecretValue};
use crate::config::{secret, suggest};
use crate::gateway::presets::{ASSERTION, PRESETS, Preset};
use crate::gateway::{IdentityHeader, IdentityHeaders, IdentityValue};

/// The preset of a route that names none.
const DEFAULT: &str = "remote-user";

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

/// Reads what a route sends.
pub fn build(
    identity: Option<&Identity>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> IdentityHeaders {
    match identity {
        None => preset(DEFAULT, place, ctx),
        Some(Identity::Preset(name)) => preset(name, place, ctx),
        Some(Identity::Table(table)) => custom(table, place, ctx),
    }
}

fn preset(name: &str, place: &Place, ctx: &mut Context<'_, '_>) -> IdentityHeaders {
    if let Some(found) = Preset::find(name) {
        return found.headers();
    }
    let names = PRESETS.iter().map(|preset| preset.name);
    if let Some(purpose) = crate::config::later::word(place, name) {
        ctx.problems
            .error(
                Code::NotYet,
                place,
                format_args!("the preset \"{name}\" is not in this version"),
            )
            .help(format_args!("{purpose}: a later version"));
    } else {
        let problem = ctx.problems.error(
            Code::Preset,
            place,
            format_args!(
                "there is no identity preset \"{}\"",
                crate::config::walk::printable(name)
            ),
        );
        match suggest::nearest(name, names.clone()) {
            Some(near) => problem
                .help(format_args!("did you mean \"{near}\"?"))
                .replace(format_args!("\"{near}\"")),
            None => problem.help(format_args!("presets are {}", suggest::list(names))),
        };
    }
    IdentityHeaders::default()
}

fn custom(table: &IdentityTable, place: &Place, ctx: &mut Context<'_, '_>) -> IdentityHeaders {
    let name = table.preset.as_deref().unwrap_or(DEFAULT);
    let mut sent = preset(name, &place.key("preset"), ctx);
    for (name, text) in &table.headers {
        let place = place.key("headers").key(name);
        if fold(name).starts_with("doorward-") {
            ctx.problems
                .error_at_key(
                    Code::HeaderUnsafe,
                    &place,
                    format_args!(
                        "`{}` has a name that is Doorward's own",
                        crate::config::walk::printable(name)
                    ),
                )
                .help("`assertion` and `decision` send those; choose another name");
        }
        if let Some(fault) = fault(name) {
            ctx.problems.error_at_key(
                Code::HeaderUnsafe,
                &place,
                format_args!("`{}` {fault}", crate::config::walk::printable(name)),
            );
        }
        let Some(value) = value(text, &place, ctx) else {
            continue;
        };
        // A name of the preset's keeps its place and gets another value.
        sent.headers
            .retain(|header| fold(&header.name) != fold(name));
        sent.headers.push(IdentityHeader {
            name: name.clone(),
            value,
        });
    }
    if let Some(separator) = table.separator.as_deref() {
        sent.separator = self::separator(separator, &place.key("separator"), ctx);
    }
    match &table.assertion {
        None => {}
        Some(AssertionChoice::Whether(false)) => sent.assertion = None,
        Some(AssertionChoice::Whether(true)) => {
            sent.assertion.get_or_insert_with(|| ASSERTION.to_owned());
        }
        Some(AssertionChoice::Header(name)) => sent.assertion = Some(name.clone()),
    }
    sent.decision = table.decision.unwrap_or_default();
    check_twins(table, &sent, place, ctx);
    sent
}

/// No two names may be one to an app that folds case, `-` and `_`.
fn check_twins(
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
fn fault(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    if name.len() > 64 || name.parse::<http::HeaderName>().is_err() {
        Some("is not a header name")
    } else if TAKEN.contains(&folded.as_str()) || folded.starts_with("sec-") {
        Some("is not a header that can carry identity")
    } else {
        None
    }
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn separator(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> char {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) if only == ' ' || only.is_ascii_punctuation() => only,
        _ => {
            ctx.problems
                .error(
                    Code::HeaderText,
                    place,
                    "the separator is one character: a space or ASCII punctuation",
                )
                .help("write for example \",\" or \"|\"");
            ','
        }
    }
}

fn value(text: &HeaderText, place: &Place, ctx: &mut Context<'_, '_>) -> Option<IdentityValue> {
    match text {
        HeaderText::Template(template) => template_of(template, place, ctx),
        HeaderText::Secret(source) => {
            let source = SecretValue::Source(source.clone());
            let secret = secret::text(Some(&source), place, ctx)?;
            let visible = secret
                .expose_secret()
                .bytes()
                .all(|byte| byte.is_ascii_graphic());
            if !visible {
                ctx.problems.error(
                    Code::HeaderText,
                    place,
                    "a secret in a header is visible ASCII without spaces",
                );
            }
            Some(IdentityValue::Secret(Secret::new(
                secret.expose_secret().clone(),
            )))
        }
    }
}

/// The facts that a template may name.
const FACTS: &[&str] = &[
    "user.username",
    "user.sub",
    "user.email",
    "user.name",
    "user.groups",
];

fn template_of(template: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<IdentityValue> {
    let whole = match template {
        "{user.username}" => Some(IdentityValue::Username),
        "{user.sub}" => Some(IdentityValue::Subject),
        "{user.email}" => Some(IdentityValue::Email),
        "{user.name}" => Some(IdentityValue::Name),
        "{user.groups}" => Some(IdentityValue::Groups),
        _ => None,
    };
    if whole.is_some() {
        return whole;
    }
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let after = rest.get(open + 1..).unwrap_or_default();
        let Some(close) = after.find('}') else {
            ctx.problems
                .error(Code::HeaderText, place, "a `{` is never closed");
            return None;
        };
        let fact = after.get(..close).unwrap_or_default();
        let attribute = fact
            .strip_prefix("user.attr.")
            .is_some_and(|name| !name.is_empty());
        if !attribute && !FACTS.contains(&fact) {
            let problem = ctx.problems.error(
                Code::HeaderText,
                place,
                format_args!(
                    "nothing is called {{{}}}",
                    crate::config::walk::printable(fact)
                ),
            );
            match suggest::nearest(fact, FACTS.iter().copied()) {
                Some(near) => problem.help(format_args!("did you mean {{{near}}}?")),
                None => problem.help(
                    "there are {user.username}, {user.sub}, {user.email}, {user.name}, \
                     {user.groups} and {user.attr.NAME}",
                ),
            };
            return None;
        }
        rest = after.get(close + 1..).unwrap_or_default();
    }
    let visible = template
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if !visible || template.contains('}') && !template.contains('{') {
        ctx.problems.error(
            Code::HeaderText,
            place,
            "a header's text is visible ASCII, and every `}` closes a `{`",
        );
        return None;
    }
    Some(IdentityValue::Template(template.to_owned()))
}
