//! Every path of every issuer belongs to it alone.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::gateway::SITE_PAGES;
use crate::issuer::IssuerSettings;

/// Looks at issuers' paths, and at their endpoints.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for (n, issuer) in draft.issuers.iter().enumerate() {
        if let Some(page) = site_page(&issuer.it.path) {
            ctx.problems
                .error(
                    Code::IssuerPath,
                    &issuer.place.key("path"),
                    format_args!("`{page}` is a page of the site itself"),
                )
                .help("choose another path, such as \"/oidc\"");
        }
        for other in draft.issuers.iter().take(n) {
            overlap(other, issuer, ctx);
        }
        endpoints(issuer, ctx);
    }
}

/// The paths that are the site's own when these are the issuers. A prefix takes the path itself
/// and everything below it.
pub fn prefixes<'a>(issuers: impl IntoIterator<Item = &'a IssuerSettings>) -> Vec<String> {
    let mut prefixes: Vec<String> = SITE_PAGES.iter().map(|page| (*page).to_owned()).collect();
    for issuer in issuers {
        if issuer.path.is_empty() {
            prefixes.extend(paths(issuer).into_iter().map(|(_, path)| path));
        } else {
            prefixes.push(issuer.path.clone());
            // RFC 8414 3.1 puts the well-known part before the issuer's path, for either document.
            prefixes.push(format!("{OAUTH_METADATA}{}", issuer.path));
            prefixes.push(format!("{OPENID_METADATA}{}", issuer.path));
        }
    }
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

const OPENID_METADATA: &str = "/.well-known/openid-configuration";
const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";

/// Every path of an issuer, with the key that sets it.
fn paths(issuer: &IssuerSettings) -> Vec<(&'static str, String)> {
    let endpoints = &issuer.endpoints;
    [
        ("authorize", endpoints.authorize.as_str()),
        ("token", &endpoints.token),
        ("userinfo", &endpoints.userinfo),
        ("end_session", &endpoints.end_session),
        ("revoke", &endpoints.revoke),
        ("introspect", &endpoints.introspect),
        ("par", &endpoints.par),
        ("device_authorization", &endpoints.device_authorization),
        ("device", &endpoints.device),
        ("register", &endpoints.register),
        ("check_session", &endpoints.check_session),
        ("jwks", &endpoints.jwks),
        ("", OPENID_METADATA),
        ("", OAUTH_METADATA),
    ]
    .into_iter()
    .map(|(key, path)| (key, format!("{}{path}", issuer.path)))
    .collect()
}

fn overlap(
    first: &Placed<IssuerSettings>,
    second: &Placed<IssuerSettings>,
    ctx: &mut Context<'_, '_>,
) {
    let (a, b) = (&first.it.path, &second.it.path);
    let same = a == b;
    // An issuer at the root has only its own few paths; another one may lie beside them.
    let under = !a.is_empty() && !b.is_empty() && (is_under(a, b) || is_under(b, a));
    if !same && !under {
        return;
    }
    let place = if ctx.problems.doc.has(&second.place.key("path")) {
        second.place.key("path")
    } else {
        second.place.clone()
    };
    let earlier = ctx.problems.doc.span_of_value(&first.place.key("path"));
    let message = if same {
        format!(
            "issuers `{}` and `{}` have the same path",
            first.it.id, second.it.id
        )
    } else {
        format!(
            "the paths of issuers `{}` and `{}` overlap",
            first.it.id, second.it.id
        )
    };
    ctx.problems
        .error(Code::IssuerPath, &place, message)
        .also(earlier, format_args!("issuer `{}`", first.it.id))
        .help("give each issuer a `path` of its own, none under another");
}

fn endpoints(issuer: &Placed<IssuerSettings>, ctx: &mut Context<'_, '_>) {
    let place = issuer.place.key("endpoints");
    let paths = paths(&issuer.it);
    for (n, (key, path)) in paths.iter().enumerate() {
        let own = place.key(key);
        if key.is_empty() || !ctx.problems.doc.has(&own) {
            continue;
        }
        // Below an endpoint's path lie pages of its own.
        let meet = |other: &str| other == path || is_under(other, path) || is_under(path, other);
        let twin = paths
            .iter()
            .enumerate()
            .find(|(m, (_, other))| *m != n && meet(other));
        if let Some((_, (_, other))) = twin {
            ctx.problems.error(
                Code::Endpoint,
                &own,
                format_args!("`{path}` and `{other}` are in each other's way"),
            );
        } else if let Some(page) = site_page(path) {
            ctx.problems.error(
                Code::Endpoint,
                &own,
                format_args!("`{page}` is a page of the site itself"),
            );
        }
    }
}

/// The site's page that `path` is or lies below.
fn site_page(path: &str) -> Option<&'static str> {
    SITE_PAGES
        .iter()
        .copied()
        .find(|page| path == *page || is_under(path, page))
}

/// Whether `path` lies below `above`.
pub(super) fn is_under(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.starts_with('/'))
}
