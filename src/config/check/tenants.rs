//! A client's tenants are there.

use crate::base::TenantId;
use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::suggest;

/// Looks at every client.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
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
