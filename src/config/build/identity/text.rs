//! What headers say: templates, secrets, and what stands between groups.

use crate::base::Secret;
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{HeaderText, SecretValue};
use crate::config::{secret, suggest};
use crate::gateway::IdentityValue;

/// Reads what stands between groups.
pub fn separator(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> char {
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

/// Reads what a header says.
pub fn value(text: &HeaderText, place: &Place, ctx: &mut Context<'_, '_>) -> Option<IdentityValue> {
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

/// Whether `{name}` in a header's text is meant to be a fact about the person.
pub fn names_a_fact(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let near = suggest::nearest(name, FACTS.iter().copied());
    name.bytes().all(plain) && (name.starts_with("user.") || near.is_some())
}

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
            // What is not meant as a fact may be a piece of a secret, and is not repeated.
            let problem = if names_a_fact(fact) {
                let shown = crate::config::walk::printable(fact);
                let message = format_args!("nothing is called {{{shown}}}");
                ctx.problems.error(Code::HeaderText, place, message)
            } else {
                let message = "what stands in braces is no fact about the person";
                ctx.problems.error(Code::HeaderText, place, message)
            };
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
