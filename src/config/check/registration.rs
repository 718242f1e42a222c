//! Where apps may register themselves, they can, and get something.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::issuer::{IssuerSettings, RegistrationMode};

/// Looks at every issuer. What is inherited is judged where it stands.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for issuer in &draft.issuers {
        somebody_fits(issuer, ctx);
        something_is_given(issuer, ctx);
    }
}

fn is_open(issuer: &IssuerSettings) -> bool {
    match issuer.registration.mode {
        RegistrationMode::Off => false,
        RegistrationMode::Token | RegistrationMode::Open => true,
    }
}

fn somebody_fits(issuer: &Placed<IssuerSettings>, ctx: &mut Context<'_, '_>) {
    let place = issuer.place.key("registration").key("most");
    let full = is_open(&issuer.it) && issuer.it.registration.most == 0;
    if full && ctx.problems.doc.has(&place) {
        ctx.problems
            .error(
                Code::Pointless,
                &place,
                "no app could register: `most` is 0",
            )
            .help("leave `most` out for 10000 apps, or write mode = \"off\"");
    }
}

fn something_is_given(issuer: &Placed<IssuerSettings>, ctx: &mut Context<'_, '_>) {
    let registration = &issuer.it.registration;
    let place = issuer.place.key("registration").key("scopes");
    let used = is_open(&issuer.it) || !registration.metadata_hosts.is_empty();
    if !used || !ctx.problems.doc.has(&place) {
        return;
    }
    if registration.scopes.is_empty() {
        ctx.problems
            .error(
                Code::Pointless,
                &place,
                "apps that register themselves could ask for nothing: `scopes` is empty",
            )
            .help("write scopes = [\"openid\", \"profile\"], or leave it out for the usual ones");
    } else if !registration.scopes.contains("openid") {
        ctx.problems
            .warning(
                Code::Pointless,
                &place,
                "no app that registers itself could sign anybody in: `scopes` is without `openid`",
            )
            .help("add \"openid\"");
    }
}
