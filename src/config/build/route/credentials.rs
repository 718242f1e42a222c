//! A route's `credentials`: apps that sign people in by themselves.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, CredentialsWord};
use crate::gateway::{AppSignIn, IdentityHeaders};

/// Reads it.
pub fn build(
    route: &schema::Route,
    identity: &IdentityHeaders,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<AppSignIn> {
    let kind = match route.credentials? {
        CredentialsWord::Basic => AppSignIn::Basic,
    };
    let mut headers = identity.headers.iter();
    let written = headers.any(|header| header.name.eq_ignore_ascii_case("authorization"));
    let forwarded = route.bearer.as_ref().is_some_and(|bearer| bearer.forward);
    if written || forwarded || identity.bearer.is_some() {
        ctx.problems
            .error(
                Code::Credentials,
                place,
                "the app would get two things in Authorization, and only one fits",
            )
            .help("remove `credentials`, or what else writes Authorization");
    }
    if route.upstream.is_none() {
        ctx.problems.error(
            Code::Credentials,
            place,
            "the route has no upstream, so there is no app to sign in to",
        );
    }
    Some(kind)
}
