//! `[outbound]`.

use super::Context;
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::spans::Span;
use crate::config::text;
use crate::outbound::{OutboundSettings, Reach};

/// Reads the section.
pub fn build(outbound: &schema::Outbound, ctx: &mut Context<'_, '_>) -> OutboundSettings {
    let place = Place::root().key("outbound");
    let defaults = OutboundSettings::default();
    let networks = place.key("allow_private");
    let named = text::networks(
        &outbound.allow_private,
        &networks,
        "what may be called is an address or a network",
        ctx.problems,
    );
    let mut trust = Vec::new();
    for (n, path) in outbound.trust.iter().enumerate() {
        let path = ctx.around.path(path);
        if let Err(failed) = files::probe(&path) {
            let complaint = files::complaint(&path, &failed);
            ctx.problems
                .error(Code::TlsSource, &place.key("trust").item(n), complaint);
        }
        trust.push(path);
    }
    let timeout = outbound.timeout.as_deref();
    OutboundSettings {
        reach: Reach::with(named),
        trust,
        timeout: timeout
            .and_then(|text| Span::OUTBOUND.read(text, &place.key("timeout"), ctx.problems))
            .unwrap_or(defaults.timeout),
        danger_allow_http: outbound.danger_allow_http,
    }
}
