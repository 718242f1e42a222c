//! Telling relying parties that a session ended: by logout tokens that are posted to them
//! ([`courier`], OpenID Connect Back-Channel Logout), and by frames that the person's own browser
//! loads ([`frames`], OpenID Connect Front-Channel Logout).
//!
//! What must be told is queued by the store, in the transaction that ends the session. Nobody who
//! signs out waits for any of this.

mod courier;
mod frames;
mod patience;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Notify;

pub use courier::Courier;

use self::patience::Patience;
use crate::base::{Clock, IssuerId, Rng};
use crate::identity::Clients;
use crate::model::EventKey;
use crate::outbound::Outbound;
use crate::store::Store;
use crate::telemetry::{Audit, Metrics};
use crate::tokens::{Terms, Tokens};

/// Tells relying parties. Cheap to clone.
#[derive(Clone)]
pub struct Logout(Arc<Inner>);

/// What it needs.
pub struct Parts {
    /// The terms of every issuer.
    pub terms: Vec<Terms>,
    /// The queue, and what sessions opened.
    pub store: Store,
    /// Where they want to be told.
    pub clients: Clients,
    /// Mints logout tokens.
    pub tokens: Tokens,
    /// Posts them.
    pub outbound: Outbound,
    /// Who was told, and who never was.
    pub audit: Audit,
    /// How often.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// Spreads what is tried again.
    pub rng: Rng,
}

struct Inner {
    issuers: HashMap<IssuerId, Terms>,
    parts: Parts,
    patience: Patience,
    /// Something was queued here.
    queued: Notify,
}

impl Logout {
    /// Listens from now on for sessions that end in this process.
    pub fn new(mut parts: Parts) -> Self {
        let terms = std::mem::take(&mut parts.terms);
        let store = parts.store.clone();
        let logout = Self(Arc::new(Inner {
            issuers: terms.into_iter().map(|t| (t.issuer.clone(), t)).collect(),
            parts,
            patience: Patience::default(),
            queued: Notify::new(),
        }));
        let inner = Arc::downgrade(&logout.0);
        store.on_event(move |event| {
            if let (EventKey::Session(_), Some(inner)) = (&event.key, inner.upgrade()) {
                inner.queued.notify_one();
            }
        });
        logout
    }
}

impl std::fmt::Debug for Logout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Logout(..)")
    }
}
