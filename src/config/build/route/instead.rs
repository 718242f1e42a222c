//! A route's `redirect`, `answer` and `maintenance`: what it says by itself.

use http::{HeaderValue, StatusCode};

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, Maintenance};
use crate::config::spans::Span;
use crate::config::walk::printable;
use crate::gateway::{Instead, Piece};

/// What a route can do.
const WAYS: &[&str] = &["upstream", "redirect", "answer"];

/// Reads it, and sees to it that the route does one thing.
pub fn build(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Instead> {
    let maintained = match &route.maintenance {
        None | Some(Maintenance::Whether(false)) => None,
        Some(Maintenance::Whether(true)) => Some(schema::MaintenanceTable::default()),
        Some(Maintenance::Table(table)) => Some(table.clone()),
    };
    // Maintenance is switched on and off beside what the route does otherwise.
    let does = [
        ("upstream", route.upstream.is_some()),
        ("redirect", route.redirect.is_some()),
        ("answer", route.answer.is_some()),
    ];
    let given: Vec<&str> = does
        .iter()
        .filter(|(_, is)| *is)
        .map(|(name, _)| *name)
        .collect();
    match given.as_slice() {
        // What is there and cannot be read was said already.
        [] if maintained.is_none()
            && !WAYS.iter().any(|key| ctx.problems.doc.has(&place.key(key))) =>
        {
            ctx.problems
                .error(Code::Instead, place, "the route does not say what it does")
                .help(
                    "add `upstream = \"http://127.0.0.1:3000\"`, or `redirect`, `answer` or \
                     `maintenance`",
                );
        }
        [first, second, ..] => {
            ctx.problems
                .error_at_key(
                    Code::Instead,
                    &place.key(second),
                    format_args!("the route has `{first}` and `{second}`, and does one thing only"),
                )
                .help("keep one of them");
        }
        [] | [_] => {}
    }
    let redirect = route.redirect.as_ref();
    let redirect = redirect.and_then(|given| self::redirect(given, &place.key("redirect"), ctx));
    let answer = route.answer.as_ref();
    let answer = answer.and_then(|given| self::answer(given, &place.key("answer"), ctx));
    let maintained = maintained.map(|given| maintenance(&given, &place.key("maintenance"), ctx));
    maintained.or(redirect).or(answer)
}

fn redirect(given: &schema::Redirect, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Instead> {
    let status = given.status.unwrap_or(302);
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        ctx.problems
            .error(
                Code::Instead,
                &place.key("status"),
                format_args!("{status} is not a status that redirects"),
            )
            .help("302 is for now, 308 for ever; both 307 and 308 keep the method");
    }
    let to = match pieces(given.to.as_deref()?) {
        Ok(to) => to,
        Err(fault) => {
            ctx.problems
                .error(
                    Code::Instead,
                    &place.key("to"),
                    format_args!("the address {fault}"),
                )
                .help("write for example \"https://new.example.com{path}{query}\"");
            return None;
        }
    };
    let status = StatusCode::from_u16(status).ok()?;
    Some(Instead::Redirect { to, status })
}

/// The address in pieces. Whose it is, the file says, never the request.
fn pieces(text: &str) -> Result<Vec<Piece>, &'static str> {
    if text.len() > 2048 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has characters that an address cannot have, or too many");
    }
    let mut to = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("has a `{` without its `}`")?;
        if !before.is_empty() {
            to.push(Piece::Text(before.to_owned()));
        }
        to.push(match name {
            "path" => Piece::Path,
            "query" => Piece::Query,
            "host" => Piece::Host,
            _ => return Err("has something other than {path}, {query} and {host} in braces"),
        });
        rest = after;
    }
    if !rest.is_empty() {
        to.push(Piece::Text(rest.to_owned()));
    }
    // The path of a request begins with a slash, and its query with a question mark: neither can
    // become part of a host.
    let example: String = to
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Path => "/path",
            Piece::Query => "?query",
            Piece::Host => "host.example",
        })
        .collect();
    let own = example.starts_with('/') && !example.starts_with("//") && !example.contains('\\');
    if own {
        return Ok(to);
    }
    let (_, rest) = text.split_once("://").unwrap_or_default();
    let named = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named = named.split("{path}").next().unwrap_or_default();
    if named.is_empty() || named.starts_with("{query}") {
        return Err("names no host");
    }
    let url = url::Url::parse(&example).map_err(|_| "is neither a URL nor a path")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        Err("is neither http, https nor a path")
    } else if !url.username().is_empty() || url.password().is_some() {
        Err("holds a user name or password")
    } else {
        Ok(to)
    }
}

fn answer(given: &schema::Answer, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Instead> {
    let number = given.status.unwrap_or(200);
    let status = StatusCode::from_u16(number)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()));
    if status.is_none() {
        ctx.problems.error(
            Code::Instead,
            &place.key("status"),
            format_args!("{number} is not the status of an answer"),
        );
    }
    let body = given.body.clone().unwrap_or_default();
    if matches!(number, 204 | 304) && !body.is_empty() {
        ctx.problems.error(
            Code::Instead,
            &place.key("body"),
            format_args!("an answer with status {number} has no body"),
        );
    }
    let kind = given.kind.as_deref().unwrap_or("text/plain; charset=utf-8");
    let read = HeaderValue::from_str(kind)
        .ok()
        .filter(|_| kind.contains('/'));
    if read.is_none() {
        ctx.problems.error(
            Code::Instead,
            &place.key("type"),
            format_args!("\"{}\" is not a media type", printable(kind)),
        );
    }
    Some(Instead::Answer {
        status: status?,
        kind: read?,
        body: body.into(),
    })
}

fn maintenance(
    given: &schema::MaintenanceTable,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Instead {
    let retry_after = given
        .retry_after
        .as_ref()
        .and_then(|given| Span::WINDOW.read(given, &place.key("retry_after"), ctx.problems));
    Instead::Maintenance {
        retry_after,
        text: given.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_the_file_says() {
        for good in [
            "https://new.example.com{path}{query}",
            "https://new.example.com/{host}{path}",
            "https://{host}:8443{path}",
            "https://{host}.example.com/",
            "/new{path}",
            "{path}/new",
            "https://new.example.com",
            "https://new.example.com{query}",
        ] {
            assert!(pieces(good).is_ok(), "{good}");
        }
        for bad in [
            "new.example.com",
            "ftp://new.example.com",
            "//new.example.com",
            "https://{path}",
            "https:///{path}",
            "https://{query}{path}",
            "/{path}",
            "https://user@new.example.com{path}",
            "https://new.example.com{uri}",
            "https://new.example.com{path",
            "https://new example.com",
            "/\\new",
            "",
        ] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
    }
}
