//! A route's `allow`: who may pass.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::{schema, suggest};
use crate::policy::{self, Allow, CONDITIONS};

/// Reads the list; what is not there is said by the walk.
pub fn build(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Allow> {
    let Some(given) = &route.allow else {
        return Vec::new();
    };
    if given.is_empty() {
        ctx.problems
            .error(Code::NoAllow, place, "an empty `allow` lets nobody in")
            .help("write for example [\"authenticated\"], or [\"anyone\"] to let everybody in");
    }
    let read: Vec<_> = given
        .iter()
        .enumerate()
        .filter_map(|(n, text)| entry(text, &place.item(n), ctx))
        .collect();
    for (whole, name) in [
        (Allow::Anyone, "anyone"),
        (Allow::Authenticated, "authenticated"),
    ] {
        if read.contains(&whole) && read.len() > 1 {
            ctx.problems
                .warning(
                    Code::AllowPointless,
                    place,
                    format_args!("with \"{name}\" the other entries change nothing"),
                )
                .help(format_args!("keep \"{name}\" alone, or remove it"));
            break;
        }
    }
    read
}

fn entry(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Allow> {
    match policy::parse(text) {
        Ok(entry) => Some(entry),
        Err(fault) => {
            let shown = crate::config::walk::printable(text);
            let problem = ctx.problems.error(
                Code::Allow,
                place,
                format_args!("\"{shown}\" cannot be read: {fault}"),
            );
            let (key, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            let keys = CONDITIONS.iter().map(|condition| condition.key);
            match suggest::nearest(key, keys) {
                Some(near) if near != key => problem
                    .help(format_args!("did you mean \"{near}{rest}\"?"))
                    .replace(format_args!("\"{near}{rest}\"")),
                Some(_) | None => problem.help(format_args!("entries are {}", entries())),
            };
            None
        }
    }
}

/// `anyone`, `group:NAME` and so on.
fn entries() -> String {
    let forms: Vec<String> = CONDITIONS
        .iter()
        .map(|condition| match condition.argument {
            Some(argument) => format!("{}:{argument}", condition.key),
            None => condition.key.to_owned(),
        })
        .collect();
    suggest::list(forms.iter().map(String::as_str))
}
