//! The password of `Authorization: Basic` towards an app.

use crate::base::Secret;
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::IdentityTable;
use crate::config::secret;
use crate::gateway::{IdentityHeaders, IdentityValue};

/// Gives the header of the preset its password; both are there or neither.
pub fn password(
    table: &IdentityTable,
    sent: &mut IdentityHeaders,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) {
    let mut values = sent.headers.iter_mut().map(|header| &mut header.value);
    let slot = values.find_map(|value| match value {
        IdentityValue::Basic(password) => Some(password),
        IdentityValue::Username
        | IdentityValue::Subject
        | IdentityValue::Email
        | IdentityValue::Name
        | IdentityValue::Groups
        | IdentityValue::Template(_)
        | IdentityValue::Secret(_) => None,
    });
    let at = place.key("password");
    match (slot, &table.password) {
        (None, None) => {}
        (None, Some(_)) => {
            ctx.problems
                .error(Code::HeaderText, &at, "nothing here sends a password")
                .help("it belongs to preset = \"basic\"");
        }
        (Some(_), None) => {
            ctx.problems
                .error(
                    Code::HeaderText,
                    place,
                    "HTTP Basic needs a password that the app knows, or anybody who reaches the app \
                     could be everybody",
                )
                .help("identity = { preset = \"basic\", password = { file = \"/run/secrets/app\" } }");
        }
        (Some(slot), Some(given)) => {
            if let Some(read) = secret::text(Some(given), &at, ctx) {
                *slot = Secret::new(read.expose_secret().clone());
            }
        }
    }
}
