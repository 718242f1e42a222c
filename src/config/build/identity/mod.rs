//! A route's `identity`: a preset, and changes to it.

mod basic;
mod names;
mod text;
mod told;

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{AssertionChoice, Identity, IdentityTable};
use crate::config::suggest;
use crate::gateway::presets::{ASSERTION, PRESETS, Preset};
use crate::gateway::{IdentityHeader, IdentityHeaders};
use names::{check_twins, fault, fold};
pub use text::names_a_fact;

/// The preset of a route that names none.
const DEFAULT: &str = "remote-user";

/// Reads what a route sends.
pub fn build(
    identity: Option<&Identity>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> IdentityHeaders {
    match identity {
        None => preset(DEFAULT, place, ctx),
        Some(Identity::Preset(name)) => {
            let mut sent = preset(name, place, ctx);
            basic::password(&IdentityTable::default(), &mut sent, place, ctx);
            sent
        }
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
    for (name, said) in &table.headers {
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
        let Some(value) = text::value(said, &place, ctx) else {
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
        sent.separator = text::separator(separator, &place.key("separator"), ctx);
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
    told::refine(table, &mut sent, place, ctx);
    basic::password(table, &mut sent, place, ctx);
    check_twins(table, &sent, place, ctx);
    sent
}
