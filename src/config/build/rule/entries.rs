//! `allow` and `deny`: who may pass, and who may not.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::suggest;
use crate::policy::{self, CONDITIONS, Entry};

/// Reads `allow`; that there is none is said by whoever needs one.
pub fn allow(given: Option<&[String]>, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Entry> {
    let Some(given) = given else {
        return Vec::new();
    };
    if given.is_empty() {
        ctx.problems
            .error(Code::NoAllow, place, "an empty `allow` lets nobody in")
            .help("write for example [\"authenticated\"], or [\"anyone\"] to let everybody in");
    }
    let read = list(given, place, ctx);
    for (whole, name) in [
        (Entry::Anyone, "anyone"),
        (Entry::Authenticated, "authenticated"),
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

/// Reads `deny`.
pub fn deny(given: Option<&[String]>, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Entry> {
    let read = list(given.unwrap_or_default(), place, ctx);
    let whole = [Entry::Anyone, Entry::Authenticated];
    if read.iter().any(|entry| whole.contains(entry)) {
        ctx.problems
            .error(
                Code::Pointless,
                place,
                "`deny` turns everybody away, whatever `allow` says",
            )
            .help("name a group, a person, a tenant, a domain or a claim");
    }
    read
}

fn list(given: &[String], place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Entry> {
    given
        .iter()
        .enumerate()
        .filter_map(|(n, text)| entry(text, &place.item(n), ctx))
        .collect()
}

fn entry(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Entry> {
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
