//! Limits that make sense together.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::identity::Rate;
use crate::issuer::IssuerSettings;

/// Looks at those of sign-in and of registration.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    sign_in(draft, ctx);
    for issuer in &draft.issuers {
        registration(issuer, ctx);
    }
}

/// Whether whoever is held to `narrow` never comes to the end of `wide`.
fn is_narrower(narrow: Rate, wide: Rate) -> bool {
    // What n attempts take at each rate, compared without dividing.
    let time = |rate: Rate, n: u32| rate.window.as_nanos().saturating_mul(u128::from(n));
    narrow.count < wide.count && time(narrow, wide.count) >= time(wide, narrow.count)
}

/// An address is shared by many people, so it may do more than one of them.
fn sign_in(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let identity = &draft.identity;
    if !is_narrower(identity.per_ip, identity.per_account) {
        return;
    }
    let throttle = Place::root().key("login").key("throttle");
    let [per_ip, per_account] = ["per_ip", "per_account"].map(|key| throttle.key(key));
    let place = if ctx.problems.doc.has(&per_ip) {
        per_ip
    } else {
        per_account
    };
    ctx.problems
        .warning(
            Code::Pointless,
            &place,
            "an address may try less often than one account: whoever mistypes a password locks out \
             everybody behind the same address, and `per_account` never counts",
        )
        .help("make `per_ip` the wider one: the defaults are \"30/5m\", and \"5/15m\" per account");
}

/// Most of them are for all networks together.
fn registration(issuer: &Placed<IssuerSettings>, ctx: &mut Context<'_, '_>) {
    let registration = &issuer.it.registration;
    let place = issuer.place.key("registration").key("per_ip");
    let (one, all) = (registration.per_ip.count, registration.most);
    if all > 0 && one > all && ctx.problems.doc.has(&place) {
        ctx.problems
            .warning(
                Code::Pointless,
                &place,
                format_args!(
                    "one network may register {one} apps at once, and there may be {all} of all: \
                     it could take every place"
                ),
            )
            .help(format_args!(
                "write less, such as \"{}/10m\"",
                (all / 10).max(1)
            ));
    }
}
