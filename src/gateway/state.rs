//! What the gateway holds while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use super::bearer::Bearers;
use super::context::{Context, RequestIds};
use super::embed::Site;
use super::signin::SignIn;
use super::snapshot::Snapshot;
use crate::acme::Answers;
use crate::base::{Clock, Rng, RngFailed};
use crate::identity::{AppLogins, Directory};
use crate::session::Sessions;
use crate::telemetry::{AccessLog, Audit, Metrics};
use crate::web::Kit;

/// What the gateway is made of.
pub struct Parts {
    /// The configuration.
    pub snapshot: Snapshot,
    /// Who is here.
    pub sessions: Sessions,
    /// Who exists.
    pub directory: Directory,
    /// What judges access tokens.
    pub bearers: Bearers,
    /// What people sign in to apps with.
    pub app_logins: AppLogins,
    /// What is answered without an upstream.
    pub doors: Doors,
    /// What an authority that orders were given to is answered.
    pub answers: Option<Answers>,
    /// Counters.
    pub metrics: Metrics,
    /// A line per request.
    pub access: AccessLog,
    /// A record per denial.
    pub audit: Audit,
    /// Time.
    pub clock: Clock,
}

/// What is answered without an upstream.
#[derive(Clone)]
pub struct Doors {
    /// How protected hosts sign people in.
    pub signin: SignIn,
    /// The finished site, called in process.
    pub router: Site,
    /// For pages.
    pub kit: Kit,
}

/// One configuration, all of it: a request is served by one from its first byte to its last.
pub struct InForce {
    /// Who may what, and where it goes.
    pub snapshot: Snapshot,
    /// What is answered here.
    pub doors: Doors,
}

impl std::fmt::Debug for InForce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("InForce").field(&self.snapshot).finish()
    }
}

impl std::ops::Deref for InForce {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// The enforcement point.
pub struct Gateway {
    in_force: ArcSwap<InForce>,
    pub(super) sessions: Sessions,
    pub(super) directory: Directory,
    pub(super) bearers: Bearers,
    pub(super) app_logins: AppLogins,
    pub(super) answers: Option<Answers>,
    pub(super) metrics: Metrics,
    pub(super) access: AccessLog,
    pub(super) audit: Audit,
    pub(super) clock: Clock,
    ids: RequestIds,
    in_flight: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway(..)")
    }
}

impl Gateway {
    /// Puts the parts together.
    pub fn new(parts: Parts, rng: &Rng) -> Result<Self, RngFailed> {
        Ok(Self {
            in_force: ArcSwap::from_pointee(InForce {
                snapshot: parts.snapshot,
                doors: parts.doors,
            }),
            sessions: parts.sessions,
            directory: parts.directory,
            bearers: parts.bearers,
            app_logins: parts.app_logins,
            answers: parts.answers,
            metrics: parts.metrics,
            access: parts.access,
            audit: parts.audit,
            clock: parts.clock,
            ids: RequestIds::new(rng.bytes()?),
            in_flight: Arc::new(AtomicUsize::new(0)),
        })
    }

    /// Serves new requests by another configuration; those in progress keep theirs. Its upstreams
    /// are looked up first.
    pub async fn replace(&self, snapshot: Snapshot, doors: Doors) {
        snapshot.resolve().await;
        self.in_force.store(Arc::new(InForce { snapshot, doors }));
    }

    /// The configuration in force.
    pub fn snapshot(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    /// What is remembered about a request that begins now.
    pub(super) fn context(&self) -> Context {
        Context::new(self.in_force.load_full(), &self.ids, &self.in_flight)
    }

    /// How many requests are being answered.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}
