//! Rules: who may pass, on a route or wherever else one stands.

mod entries;
mod require;

use std::collections::BTreeMap;

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, Require};
use crate::config::suggest;
use crate::policy::{Concern, Entry, Requirement, Rule};

/// Rules by name.
pub type Policies = BTreeMap<String, Rule>;

/// Reads every `[policy.NAME]`.
pub fn policies(file: &File, ctx: &mut Context<'_, '_>) -> Policies {
    let named = file.policy.iter().map(|(name, policy)| {
        let place = Place::root().key("policy").key(name);
        check_name(name, &place, ctx);
        let given = Given {
            allow: policy.allow.as_deref(),
            deny: policy.deny.as_deref(),
            require: policy.require.as_ref(),
        };
        let rule = Rule {
            name: Some(name.as_str().into()),
            ..build(given, &place, ctx)
        };
        (name.clone(), rule)
    });
    named.collect()
}

/// The rule of a route: its own, or a named one that it may make stricter.
pub fn of_route(
    route: &schema::Route,
    policies: &Policies,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Rule {
    let given = Given {
        allow: route.allow.as_deref(),
        deny: route.deny.as_deref(),
        require: route.require.as_ref(),
    };
    let own = build(given, place, ctx);
    let Some(name) = &route.policy else {
        return own;
    };
    let key = place.key("policy");
    if route.allow.is_some() {
        ctx.problems
            .error(
                Code::Policy,
                &key,
                "`policy` and `allow` both say who may pass",
            )
            .help("keep one; `deny` and `require` may stand beside a policy");
    }
    let mut rule = find(name, policies, &key, ctx).cloned().unwrap_or_default();
    rule.deny.extend(own.deny);
    rule.require.extend(own.require);
    contradictions(&rule, place, ctx);
    rule
}

/// A rule on trial beside `rule`; what it leaves out is the same.
pub fn on_trial(
    given: Option<&schema::Policy>,
    rule: &Rule,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Rule> {
    let given = given?;
    let trial = build(
        Given {
            allow: given.allow.as_deref(),
            deny: given.deny.as_deref(),
            require: given.require.as_ref(),
        },
        place,
        ctx,
    );
    let or = |own, given, other: &Vec<Entry>| if given { own } else { other.clone() };
    Some(Rule {
        name: None,
        allow: or(trial.allow, given.allow.is_some(), &rule.allow),
        deny: or(trial.deny, given.deny.is_some(), &rule.deny),
        require: if given.require.is_some() {
            trial.require
        } else {
            rule.require.clone()
        },
        origin: trial.origin,
    })
}

/// The policy called `name`, or a mistake at `place`.
pub fn find<'p>(
    name: &str,
    policies: &'p Policies,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<&'p Rule> {
    let found = policies.get(name);
    if found.is_none() {
        let names = || policies.keys().map(String::as_str);
        let problem = ctx.problems.error(
            Code::Policy,
            place,
            format_args!(
                "there is no [policy.{}]",
                crate::config::walk::printable(name)
            ),
        );
        match suggest::nearest(name, names()) {
            Some(near) => problem
                .help(format_args!("did you mean `{near}`?"))
                .replace(format_args!("\"{near}\"")),
            None => problem.help("write a section [policy.NAME] with `allow`"),
        };
    }
    found
}

/// A rule as it is written.
#[derive(Clone, Copy)]
struct Given<'a> {
    allow: Option<&'a [String]>,
    deny: Option<&'a [String]>,
    require: Option<&'a Require>,
}

/// Reads the rule whose parts are keys of `place`.
fn build(given: Given<'_>, place: &Place, ctx: &mut Context<'_, '_>) -> Rule {
    let rule = Rule {
        name: None,
        allow: entries::allow(given.allow, &place.key("allow"), ctx),
        deny: entries::deny(given.deny, &place.key("deny"), ctx),
        require: require::build(given.require, &place.key("require"), ctx),
        origin: ctx.problems.doc.origin(place),
    };
    contradictions(&rule, place, ctx);
    rule
}

/// What `anyone` makes of the rest.
fn contradictions(rule: &Rule, place: &Place, ctx: &mut Context<'_, '_>) {
    if !rule.allow.contains(&Entry::Anyone) {
        return;
    }
    if !rule.deny.is_empty() {
        ctx.problems
            .warning(
                Code::Pointless,
                &place.key("deny"),
                "with \"anyone\" allowed, whoever is denied passes by not signing in",
            )
            .help("allow \"authenticated\", or remove `deny`");
    }
    let of_people = |concern| matches!(concern, Concern::Person | Concern::SignIn);
    let mut required = rule.require.iter().map(Requirement::kind);
    if let Some(kind) = required.find(|kind| of_people(kind.concerns)) {
        ctx.problems
            .warning(
                Code::Pointless,
                &place.key("require"),
                format_args!(
                    "\"anyone\" lets nobody in unless they sign in: `{}` is required",
                    kind.key
                ),
            )
            .help("allow \"authenticated\": that is what it comes to");
    }
}

fn check_name(name: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if name.is_empty() || name.len() > 64 || !plain {
        ctx.problems.error_at_key(
            Code::Policy,
            place,
            "a policy's name is 1 to 64 letters, digits, `-`, `_` and `.`",
        );
    }
}
