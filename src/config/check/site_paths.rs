//! On the site's own host, routes keep off the sign-in pages and the issuers.

use super::issuer_paths::{is_under, prefixes};
use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::gateway::ForwardAuthSettings;
use crate::gateway::bearer::metadata::PREFIX;

/// The path on every protected host that is Doorward's own.
const OWN: &str = "/_doorward";

/// Looks at every route's path.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let taken = prefixes(draft.issuers.iter().map(|issuer| &issuer.it));
    let compat = || {
        draft
            .forward_auth
            .iter()
            .flat_map(ForwardAuthSettings::prefixes)
    };
    for route in &draft.routes {
        let path = route.it.matches.path.trim_end_matches('/');
        let on_site = draft
            .site
            .as_ref()
            .is_some_and(|site| site.host == route.it.matches.host);
        let describes = draft.routes.iter().any(|other| {
            other.it.bearer.is_some() && other.it.matches.host == route.it.matches.host
        });
        let owner = if path == OWN || is_under(path, OWN) {
            Some(OWN)
        } else if let Some(own) = compat().find(|own| path == *own || is_under(path, own)) {
            Some(own)
        } else if describes && (path == PREFIX || is_under(path, PREFIX)) {
            Some(PREFIX)
        } else if on_site {
            taken
                .iter()
                .map(String::as_str)
                .find(|own| path == *own || is_under(path, own))
        } else {
            None
        };
        if let Some(own) = owner {
            ctx.problems
                .error(
                    Code::RouteTakesSite,
                    &route.place.key("match").key("path"),
                    format_args!("`{own}` is Doorward's own on this host"),
                )
                .help("choose another path, or another host for the app");
        }
    }
}
