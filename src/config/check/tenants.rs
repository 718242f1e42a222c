//! A client's tenants are there, and people can get into each tenant.

use crate::base::TenantId;
use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::suggest;
use crate::identity::Signup;
use crate::model::LoginMethod;

/// Looks at every tenant and every client.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    ways_in(draft, ctx);
    let known = || draft.tenants.keys().map(TenantId::as_str);
    for client in &draft.clients {
        for (n, id) in client.it.tenants.iter().enumerate() {
            if draft.tenants.contains_key(id) {
                continue;
            }
            let problem = ctx.problems.error(
                Code::Tenant,
                &client.place.key("tenants").item(n),
                format_args!("there is no tenant `{id}`"),
            );
            match suggest::nearest(id.as_str(), known()) {
                Some(near) => problem
                    .help(format_args!("did you mean `{near}`?"))
                    .replace(format_args!("\"{near}\"")),
                None => problem.help(format_args!("add a [tenant.{id}] with a uuid")),
            };
        }
    }
}

/// Nobody makes links where `signup` is off.
fn ways_in(draft: &Draft, ctx: &mut Context<'_, '_>) {
    match draft.identity.signup {
        Signup::Invite => return,
        Signup::Off => {}
    }
    for tenant in draft.tenants.values() {
        if tenant.login != [LoginMethod::OneTimeLink] {
            continue;
        }
        let place = Place::root().key("tenant").key(tenant.id.as_str());
        ctx.problems
            .error(
                Code::Tenant,
                &place.key("login"),
                "nobody of this tenant could sign in: `signup` is off, so there are no links",
            )
            .help("add \"password\" to `login`, or write signup = \"invite\" in [[users]]");
    }
}
