//! `route.portal`.

use crate::base::text::is_plain;
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::gateway::Listing;

/// The longest text that is shown, in characters.
const LONGEST: usize = 200;

/// Whether the route called `id` is among the apps that people are shown.
pub fn build(
    given: Option<&schema::Portal>,
    id: Option<&str>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Listing {
    let table = match given {
        None => return Listing::Auto,
        Some(schema::Portal::Whether(false)) => return Listing::Hidden,
        Some(schema::Portal::Whether(true)) => &schema::PortalTable::default(),
        Some(schema::Portal::Table(table)) => table,
    };
    for (text, key) in [(&table.name, "name"), (&table.about, "about")] {
        let readable = |text: &String| {
            !text.trim().is_empty() && text.chars().count() <= LONGEST && is_plain(text)
        };
        if !text.as_ref().is_none_or(readable) {
            ctx.problems.error(
                Code::Policy,
                &place.key(key),
                format_args!("`{key}` is one line of 1 to {LONGEST} visible characters"),
            );
        }
    }
    Listing::Named {
        name: table
            .name
            .clone()
            .or(id.map(str::to_owned))
            .unwrap_or_default(),
        about: table.about.clone(),
    }
}
