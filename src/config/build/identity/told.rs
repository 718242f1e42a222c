//! How facts are told: which groups, in which bytes, how many of them.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{EncodingWord, IdentityTable};
use crate::config::text;
use crate::gateway::{Encoding, GroupPattern, IdentityHeaders};

/// Reads what a route says about it.
pub fn refine(
    table: &IdentityTable,
    sent: &mut IdentityHeaders,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) {
    if let Some(groups) = &table.groups {
        if groups.is_empty() {
            ctx.problems
                .error(
                    Code::HeaderText,
                    &place.key("groups"),
                    "an empty list lets no group through, and so would say all",
                )
                .help("leave `groups` out for all of them, or send no groups at all: `headers`");
        }
        sent.groups = groups.iter().map(|text| GroupPattern::new(text)).collect();
    }
    sent.encoding = match table.encoding {
        None | Some(EncodingWord::Utf8) => Encoding::Utf8,
        Some(EncodingWord::Percent) => Encoding::Percent,
        Some(EncodingWord::Latin1) => Encoding::Latin1,
        Some(EncodingWord::Rfc8187) => Encoding::Rfc8187,
    };
    let limit = table.limit.as_ref();
    let place = place.key("limit");
    if let Some(limit) = limit.and_then(|given| text::size(given, &place, ctx.problems)) {
        sent.limit = limit;
    }
}
