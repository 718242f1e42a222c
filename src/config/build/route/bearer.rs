//! A route's `bearer`: which tokens it takes.

use crate::base::scope::is_scope_name;
use crate::base::{IssuerId, ScopeSet};
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File};
use crate::config::suggest;
use crate::gateway::bearer::{AccessTokens, TrustedTokens};
use crate::gateway::{BearerSettings, IdentityHeaders, RouteToken};

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
    let standing = bearer.personal || bearer.service;
    let trusted = trusted(file, bearer, &place.key("audience"), ctx);
    let access = if trusted.is_some() {
        None
    } else if standing && bearer.audience.is_none() && bearer.issuer.is_none() {
        no_access_tokens(bearer, place, ctx);
        None
    } else {
        Some(access(file, bearer, place, ctx)?)
    };
    let scopes = scopes(file, bearer, &place.key("scopes"), ctx);
    if bearer.service && scopes.is_empty() {
        ctx.problems
            .error(
                Code::Bearer,
                &place.key("service"),
                "every service's token would open the route: nothing says which may",
            )
            .help("add `scopes`; `doorward token add --service NAME --scope SCOPE` gives them");
    }
    Some(BearerSettings {
        access,
        trusted,
        scopes,
        forward: bearer.forward,
        clients: bearer.clients,
        personal: bearer.personal,
        service: bearer.service,
    })
}

/// The token that `identity.bearer` gives the app of every person who passes.
pub fn given_to_app(
    file: &File,
    route: &schema::Route,
    identity: &mut IdentityHeaders,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) {
    let Some(schema::Identity::Table(table)) = &route.identity else {
        return;
    };
    let Some(given) = &table.bearer else {
        return;
    };
    let place = place.key("identity").key("bearer");
    let asked = schema::Bearer {
        issuer: given.issuer.clone(),
        audience: given.audience.clone(),
        scopes: given.scopes.clone(),
        ..schema::Bearer::default()
    };
    let mut headers = identity.headers.iter();
    let written = headers.any(|header| header.name.eq_ignore_ascii_case("authorization"));
    let forwarded = route.bearer.as_ref().is_some_and(|bearer| bearer.forward);
    if written || forwarded {
        ctx.problems
            .error(
                Code::Bearer,
                &place,
                "the app would get two things in Authorization, and only one fits",
            )
            .help("remove `bearer.forward`, or what else writes Authorization in `identity`");
    }
    // What is absent was said by the walk.
    if asked.audience.is_none() {
        return;
    }
    let access = access(file, &asked, &place, ctx);
    let scopes = scopes(file, &asked, &place.key("scopes"), ctx);
    identity.bearer = access.map(|access| RouteToken {
        issuer: access.issuer,
        audience: access.audience,
        scopes,
    });
}

/// Where `issuer` names one that is not ours. Its people are those that the file knows or lets in, so
/// that a token of nobody passes only where programs may.
fn trusted(
    file: &File,
    bearer: &schema::Bearer,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<TrustedTokens> {
    let name = bearer.issuer.as_ref()?;
    let issuer = file.trusted_issuer.get(name)?;
    let audiences = issuer.audiences.as_deref().unwrap_or_default();
    if let Some(audience) = &bearer.audience
        && !audiences.contains(audience)
    {
        let shown = crate::config::walk::printable(audience);
        let all = suggest::list(audiences.iter().map(String::as_str));
        ctx.problems
            .error(
                Code::Bearer,
                place,
                format_args!("tokens of `{name}` are never for `{shown}`"),
            )
            .help(format_args!("its `audiences` are {all}"));
    }
    Some(TrustedTokens {
        name: name.clone(),
        audience: bearer.audience.clone(),
    })
}

fn access(
    file: &File,
    bearer: &schema::Bearer,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<AccessTokens> {
    let issuer = issuer(file, bearer, &place.key("issuer"), ctx);
    let audience = audience(file, bearer, place, ctx);
    Some(AccessTokens {
        issuer: issuer?,
        audience: audience?,
    })
}

/// What speaks of access tokens comes to nothing where none are taken.
fn no_access_tokens(bearer: &schema::Bearer, place: &Place, ctx: &mut Context<'_, '_>) {
    for (key, given) in [("forward", bearer.forward), ("clients", bearer.clients)] {
        if given {
            ctx.problems
                .error(
                    Code::Pointless,
                    &place.key(key),
                    format_args!("`{key}` speaks of access tokens, and the route takes none"),
                )
                .help("add `audience`, the id of a [[resource]], or remove the key");
        }
    }
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
    let trusted = file.trusted_issuer.keys().map(String::as_str);
    let listed = suggest::list(names.iter().copied().chain(trusted.clone()));
    match (bearer.issuer.as_deref(), names.as_slice()) {
        (Some(name), _) if names.contains(&name) => Some(IssuerId::new(name)),
        (Some(name), _) => {
            let shown = crate::config::walk::printable(name);
            let problem = ctx.problems.error(
                Code::Bearer,
                place,
                format_args!("there is no issuer `{shown}`"),
            );
            match suggest::nearest(name, names.into_iter().chain(trusted)) {
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
    let Some(audience) = bearer.audience.as_deref() else {
        ctx.problems
            .error(
                Code::Missing,
                place,
                format_args!("`{place}` needs `audience`"),
            )
            .help("audience: whom tokens must be for, the id of a [[resource]]");
        return None;
    };
    let place = &place.key("audience");
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

/// A scope of another API is never in an access token for this one. Without an API, scopes are what
/// standing tokens are given.
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
    let own = bearer.issuer.as_ref();
    let own = own.is_none_or(|issuer| !file.trusted_issuer.contains_key(issuer));
    let resource = resource.filter(|_| audience.is_some() && own);
    let known = || resource.into_iter().flat_map(|one| one.scopes.keys());
    for (n, scope) in bearer.scopes.iter().enumerate() {
        let shown = crate::config::walk::printable(scope);
        if !is_scope_name(scope) {
            ctx.problems.error(
                Code::Bearer,
                &place.item(n),
                format_args!("`{shown}` cannot be a scope's name (RFC 6749 3.3)"),
            );
            continue;
        }
        if resource.is_none() || known().any(|known| known == scope) {
            continue;
        }
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
