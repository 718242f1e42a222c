//! What judges tokens at routes, made of the rooms.

use std::collections::HashMap;

use super::Rooms;
use crate::config::Settings;
use crate::gateway::bearer::{self, Bearers};
use crate::tokens::{Terms, Trust, TrustedIssuer, Warm};

/// What judges tokens at routes.
pub(super) fn bearers(settings: &Settings, rooms: &Rooms) -> Bearers {
    let issuers = settings.issuers.iter();
    Bearers::new(bearer::Parts {
        terms: issuers
            .map(|issuer| (issuer.id.clone(), Terms::from(issuer)))
            .collect(),
        tokens: rooms.tokens.clone(),
        warm: Warm::default(),
        standing: rooms.standing.clone(),
        trusted: trusted(settings, rooms),
        clients: rooms.clients.clone(),
        directory: rooms.directory.clone(),
        store: rooms.store.clone(),
        clock: rooms.clock.clone(),
    })
}

fn trusted(settings: &Settings, rooms: &Rooms) -> HashMap<String, Trust> {
    let trust = |issuer: &TrustedIssuer| {
        Trust::new(
            issuer.clone(),
            rooms.outbound.clone(),
            rooms.directory.clone(),
            rooms.clock.clone(),
            settings.session.max,
        )
    };
    let all = settings.trusted.iter();
    all.map(|issuer| (issuer.name.clone(), trust(issuer)))
        .collect()
}
