//! What the tests of every door stand on: a clock in their hand, a database in memory, what seals
//! and signs, and what is written down.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{Clock, Rng, Timestamp};
use crate::keys::{MasterKey, Sealer};
use crate::model::AuditRecord;
use crate::session::{Revocations, SessionSettings, Sessions};
use crate::store::{Database, MasterKeySource, Store, StoreSettings};
use crate::telemetry::audit::Forward;
use crate::telemetry::{Audit, Metrics};
use crate::tokens::{KeyOwner, Keyrings, Tokens};

pub struct Ground {
    pub clock: Clock,
    pub rng: Rng,
    pub store: Store,
    pub sealer: Sealer,
    pub revocations: Revocations,
    pub sessions: Sessions,
    pub metrics: Metrics,
    pub audit: Audit,
    /// What `audit` was given.
    pub audited: Arc<Mutex<Vec<AuditRecord>>>,
}

impl Ground {
    pub async fn new() -> Self {
        let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
        let rng = Rng::system();
        let settings = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, clock.clone(), rng.clone());
        let store = store.await.unwrap();
        let master = MasterKey::ephemeral(&rng).unwrap();
        let sealer = Sealer::new(&master, clock.clone(), rng.clone());
        let revocations = Revocations::new(Duration::from_hours(1));
        let sessions = Sessions::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            rng.clone(),
            SessionSettings::default(),
            revocations.clone(),
        );
        let audited = Arc::<Mutex<Vec<AuditRecord>>>::default();
        let sink = audited.clone();
        let forward: Forward =
            Arc::new(move |record: &AuditRecord| sink.lock().push(record.clone()));
        let metrics = Metrics::new().unwrap();
        let audit = Audit::start(None, Some(forward), &metrics).unwrap();
        Self {
            clock,
            rng,
            store,
            sealer,
            revocations,
            sessions,
            metrics,
            audit,
            audited,
        }
    }

    /// Tokens, signed with the keys of `owners`.
    pub async fn tokens(&self, owners: impl IntoIterator<Item = KeyOwner>) -> Tokens {
        let keyrings = Keyrings::open(
            self.store.clone(),
            self.sealer.clone(),
            self.clock.clone(),
            self.rng.clone(),
            owners,
        );
        Tokens::new(
            self.store.clone(),
            self.sealer.clone(),
            keyrings.await.unwrap(),
            self.sessions.clone(),
            self.clock.clone(),
            self.rng.clone(),
        )
    }
}
