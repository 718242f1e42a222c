//! A route's `bearer`: which access tokens it takes.

use crate::base::{IssuerId, ScopeSet};
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File};
use crate::config::suggest;
use crate::gateway::BearerSettings;

/// The issuer of a file that names none.
const DEFAULT: &str = "default";

/// Reads it; `None` when it is absent or cannot be read, which is said then.
pub fn build(
    file: &File,
    bearer: Option<&schema::Bearer>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<BearerSettings> {
    let bearer = bearer?;
    let issuer = issuer(file, bearer, &place.key("issuer"), ctx);
    let audience = audience(file, bearer, &place.key("audience"), ctx);
    let scopes = scopes(file, bearer, &place.key("scopes"), ctx);
    Some(BearerSettings {
        issuer: issuer?,
        audience: audience?,
        scopes,
        forward: bearer.forward,
        clients: bearer.clients,
    })
}

fn issuer(
    file: &File,
    bearer: &schema::Bearer,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<IssuerId> {
    let names: Vec<&str> = if file.issuer.is_empty() {
        vec![DEFAULT]
    } else {
        file.issuer.keys().map(String::as_str).collect()
    };
    let listed = suggest::list(names.iter().copied());
    match (bearer.issuer.as_deref(), names.as_slice()) {
        (Some(name), _) if names.contains(&name) => Some(IssuerId::new(name)),
        (Some(name), _) => {
            let shown = crate::config::walk::printable(name);
            let problem = ctx.problems.error(
                Code::Bearer,
                place,
                format_args!("there is no issuer `{shown}`"),
            );
            match suggest::nearest(name, names) {
                Some(near) => problem
                    .help(format_args!("did you mean `{near}`?"))
                    .replace(format_args!("\"{near}\"")),
                None => problem.help(format_args!("issuers are {listed}")),
            };
            None
        }
        (None, [only]) => Some(IssuerId::new(only)),
        (None, _) => {
            ctx.problems
                .error(
                    Code::Bearer,
                    place,
                    "the route does not say whose tokens it takes",
                )
                .help(format_args!("add `issuer`: there are {listed}"));
            None
        }
    }
}

/// TOK-12: a token that is for somebody else opens nothing, so somebody has to be named. Not the
/// issuer itself: every token that may ask who a person is would be for the route then.
fn audience(
    file: &File,
    bearer: &schema::Bearer,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<String> {
    let audience = bearer.audience.as_deref()?;
    let ids = || file.resource.iter().filter_map(|one| one.id.as_deref());
    if ids().any(|id| id == audience) {
        return Some(audience.to_owned());
    }
    let shown = crate::config::walk::printable(audience);
    let problem = ctx.problems.error(
        Code::Bearer,
        place,
        format_args!("there is no resource `{shown}`, so nobody can have tokens for it"),
    );
    match suggest::nearest(audience, ids()) {
        Some(near) => problem
            .help(format_args!("did you mean `{near}`?"))
            .replace(format_args!("\"{near}\"")),
        None => problem.help("add a [[resource]] with that id"),
    };
    None
}

/// A scope of another API is never in a token for this one.
fn scopes(
    file: &File,
    bearer: &schema::Bearer,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> ScopeSet {
    let audience = bearer.audience.as_deref();
    let resource = file
        .resource
        .iter()
        .find(|one| one.id.as_deref() == audience);
    let known = || resource.into_iter().flat_map(|one| one.scopes.keys());
    for (n, scope) in bearer.scopes.iter().enumerate() {
        if resource.is_none() || known().any(|known| known == scope) {
            continue;
        }
        let shown = crate::config::walk::printable(scope);
        let problem = ctx.problems.error(
            Code::Bearer,
            &place.item(n),
            format_args!("`{shown}` is no scope of that resource: no token for it has it"),
        );
        match suggest::nearest(scope, known().map(String::as_str)) {
            Some(near) => problem
                .help(format_args!("did you mean `{near}`?"))
                .replace(format_args!("\"{near}\"")),
            None => problem.help("add it to the `scopes` of the [[resource]]"),
        };
    }
    bearer.scopes.iter().cloned().collect()
}
