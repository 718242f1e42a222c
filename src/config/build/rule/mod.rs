//! Rules: who may pass, on a route or wherever else one stands.

mod entries;

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::policy::{Entry, Rule};

/// A rule as it is written.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// `allow`.
    pub allow: Option<&'a [String]>,
    /// `deny`.
    pub deny: Option<&'a [String]>,
}

/// Reads the rule whose parts are keys of `place`.
pub fn build(given: Given<'_>, place: &Place, ctx: &mut Context<'_, '_>) -> Rule {
    let allow = entries::allow(given.allow, &place.key("allow"), ctx);
    let deny = entries::deny(given.deny, &place.key("deny"), ctx);
    if !deny.is_empty() && allow.contains(&Entry::Anyone) {
        ctx.problems
            .warning(
                Code::Pointless,
                &place.key("deny"),
                "with \"anyone\" allowed, whoever is denied passes by not signing in",
            )
            .help("allow \"authenticated\", or remove `deny`");
    }
    Rule {
        allow,
        deny,
        origin: ctx.problems.doc.origin(place),
    }
}
