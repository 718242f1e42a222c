//! `[permission]`.

use super::Context;
use crate::base::GroupName;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::identity::OwnerPermissions;

/// Reads who may own clients.
pub fn build(given: &schema::Permissions, ctx: &mut Context<'_, '_>) -> OwnerPermissions {
    OwnerPermissions {
        create_api_clients: groups(
            given.create_api_clients.as_deref(),
            "create_api_clients",
            ctx,
        ),
        openid_login: groups(given.openid_login.as_deref(), "openid_login", ctx),
    }
}

fn groups(
    given: Option<&[String]>,
    key: &str,
    ctx: &mut Context<'_, '_>,
) -> Option<Vec<GroupName>> {
    let place = Place::root().key("permission").key(key);
    let read = |(n, entry): (usize, &String)| {
        let name = entry.strip_prefix("group:").filter(|name| !name.is_empty());
        if name.is_none() {
            ctx.problems
                .error(
                    Code::Permission,
                    &place.item(n),
                    "a permission is given to groups, written \"group:NAME\"",
                )
                .help("write for example [\"group:api-client-creators\"]");
        }
        name.map(GroupName::from)
    };
    // An empty list is nobody: every client with an owner is then suspended.
    given.map(|entries| entries.iter().enumerate().filter_map(read).collect())
}
