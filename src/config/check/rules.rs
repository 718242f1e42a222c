//! What rules name and nothing has, and what they take and nobody can give.

use std::time::Duration;

use crate::config::build::{Context, Draft, find_policy as find};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::suggest;
use crate::policy::{Entry, Requirement, Rule, is_reachable};

/// Looks at every rule where it is written.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for (name, rule) in &draft.policies {
        let place = Place::root().key("policy").key(name);
        look(rule, &place, draft, ctx);
        let by_route = draft.routes.iter().any(|route| {
            let named = route.it.rule.name.as_deref();
            named == Some(name)
        });
        let mut clients = draft.clients.iter();
        if !by_route && !clients.any(|client| client.it.policy.as_ref() == Some(name)) {
            ctx.problems
                .warning(
                    Code::Pointless,
                    &place,
                    "nothing says that this policy holds",
                )
                .help(format_args!(
                    "write `policy = \"{name}\"` on a route, or remove it"
                ));
        }
    }
    for client in &draft.clients {
        let place = client.place.key("policy");
        let named = client.it.policy.as_deref();
        if let Some(rule) = named.and_then(|name| find(name, &draft.policies, &place, ctx)) {
            of_client(rule, &place, ctx);
        }
    }
    for route in &draft.routes {
        if route.it.rule.name.is_none() {
            look(&route.it.rule, &route.place, draft, ctx);
        }
    }
}

fn look(rule: &Rule, place: &Place, draft: &Draft, ctx: &mut Context<'_, '_>) {
    tenants(&rule.allow, &place.key("allow"), draft, ctx);
    tenants(&rule.deny, &place.key("deny"), draft, ctx);
    for requirement in &rule.require {
        let place = place.key("require").key(requirement.kind().key);
        reachable(requirement, &place, ctx);
        vouched_for(requirement, &place, draft, ctx);
        within_session(requirement, &place, draft.session.max, ctx);
    }
}

/// A sign-in has neither the method nor the headers nor the certificate of what the app is asked later.
fn of_client(rule: &Rule, place: &Place, ctx: &mut Context<'_, '_>) {
    let strange = rule.require.iter().find(|one| match one {
        Requirement::Method(_)
        | Requirement::Header { .. }
        | Requirement::Certificate(_)
        | Requirement::Idle(_) => true,
        Requirement::Address(_)
        | Requirement::Hours(_)
        | Requirement::Group(_)
        | Requirement::SecondFactor
        | Requirement::Passkey
        | Requirement::Acr(_)
        | Requirement::Fresh(_)
        | Requirement::SessionAge(_) => false,
    });
    if let Some(one) = strange {
        let key = one.kind().key;
        let said = format!("`{key}` says nothing of a sign-in: nobody would ever be let in");
        ctx.problems
            .error(Code::Policy, place, said)
            .help("write a policy without it for clients");
    }
}

fn tenants(list: &[Entry], place: &Place, draft: &Draft, ctx: &mut Context<'_, '_>) {
    for entry in list {
        let Entry::Tenant(name) = entry else {
            continue;
        };
        if draft.tenants.contains_key(name) {
            continue;
        }
        let names = draft.tenants.keys().map(crate::base::TenantId::as_str);
        let problem = ctx.problems.error(
            Code::Tenant,
            place,
            format_args!("there is no [tenant.{name}]"),
        );
        match suggest::nearest(name.as_str(), names) {
            Some(near) => problem.help(format_args!("did you mean \"tenant:{near}\"?")),
            None => problem.help("write a section [tenant.NAME], and name it here"),
        };
    }
}

/// Closed to everybody is what it comes to, and never open: so it may start.
fn reachable(requirement: &Requirement, place: &Place, ctx: &mut Context<'_, '_>) {
    if is_reachable(requirement) {
        return;
    }
    let said = format!("nobody can meet `{requirement}`: no way in of this version does");
    ctx.problems
        .warning(Code::Pointless, place, said)
        .help("remove it, or leave this closed until there is such a way in");
}

fn vouched_for(requirement: &Requirement, place: &Place, draft: &Draft, ctx: &mut Context<'_, '_>) {
    let asked = draft.listen.client_certificates.as_ref();
    let vouched = asked.is_some_and(|asked| !asked.trust.is_empty());
    if matches!(requirement, Requirement::Certificate(_)) && !vouched {
        ctx.problems
            .error(
                Code::Requirement,
                place,
                "no certificate counts: the listener trusts no authority for them",
            )
            .help("write listen.client_certificates = { trust = [\"ca.pem\"] }");
    }
}

fn within_session(
    requirement: &Requirement,
    place: &Place,
    most: Duration,
    ctx: &mut Context<'_, '_>,
) {
    if requirement.max_age().is_some_and(|span| span >= most) {
        ctx.problems
            .warning(
                Code::Pointless,
                place,
                "every session is younger: `session.max` ends it before",
            )
            .help("write a shorter time, or remove it");
    }
}
