//! A scope that gives nothing is probably misspelt.

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::suggest;
use crate::tokens::claims::Catalogue;

/// Looks at the scopes of every client.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for client in &draft.clients {
        let issuer = draft
            .issuers
            .iter()
            .find(|issuer| issuer.it.id == client.it.issuer);
        let none = Catalogue::default();
        let catalogue = issuer.map_or(&none, |issuer| &issuer.it.catalogue);
        let known = catalogue.scope_names();
        for scope in client.it.scopes.iter() {
            let mut resources = draft.resources.iter();
            if known.contains(&scope) || resources.any(|one| one.it.scopes.contains_key(scope)) {
                continue;
            }
            let problem = ctx.problems.warning(
                Code::Scope,
                &client.place.key("scopes"),
                format_args!("the scope `{scope}` gives nothing"),
            );
            match suggest::nearest(scope, known.iter().copied()) {
                Some(near) => problem.help(format_args!("did you mean `{near}`?")),
                None => problem
                    .help("name it in a [[resource]] or the issuer's `scope_claims`, or remove it"),
            };
        }
        let signs_in = !client.it.flows.response_types.is_empty();
        if signs_in && !client.it.scopes.contains("openid") {
            ctx.problems
                .warning(
                    Code::Scope,
                    &client.place.key("scopes"),
                    "without `openid` the client learns nobody's identity",
                )
                .help("add \"openid\", unless it only calls APIs");
        }
    }
}
