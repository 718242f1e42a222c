//! `[tokens]`.

use super::Context;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::spans::Span;
use crate::tokens::StandingSettings;

/// Reads it.
pub fn build(tokens: &schema::Tokens, ctx: &mut Context<'_, '_>) -> StandingSettings {
    let place = Place::root().key("tokens");
    let default = StandingSettings::default();
    let mut read = |given: Option<&String>, key: &str, default| {
        given
            .and_then(|given| Span::STANDING.read(given, &place.key(key), ctx.problems))
            .unwrap_or(default)
    };
    StandingSettings {
        personal: read(tokens.personal.as_ref(), "personal", default.personal),
        service: read(tokens.service.as_ref(), "service", default.service),
    }
}
