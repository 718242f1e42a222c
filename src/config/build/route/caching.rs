//! `route.cache`.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::{schema, text};
use crate::gateway::CacheSettings;

/// What the route keeps of its app's answers, if it keeps any.
pub fn build(
    given: Option<&schema::Cache>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<CacheSettings> {
    let table = match given {
        None | Some(schema::Cache::Whether(false)) => return None,
        Some(schema::Cache::Whether(true)) => &schema::CacheTable::default(),
        Some(schema::Cache::Table(table)) => table,
    };
    let mut read = |given: Option<&String>, key: &str, default: u64| {
        given
            .and_then(|given| text::size(given, &place.key(key), ctx.problems))
            .unwrap_or(default)
    };
    let size = read(table.size.as_ref(), "size", CacheSettings::SIZE);
    let entry = read(
        table.entry.as_ref(),
        "entry",
        CacheSettings::ENTRY.min(size),
    );
    if entry > size {
        ctx.problems
            .error(
                Code::OutOfRange,
                &place.key("entry"),
                "one answer cannot be larger than all of them together",
            )
            .help("make `entry` at most `size`");
    }
    Some(CacheSettings {
        size,
        entry: usize::try_from(entry).unwrap_or(usize::MAX),
    })
}
