//! The outside world that remembers: users, sessions, grants, keys, events.
//!
//! One set of statements serves both engines ([`engine`]). Every change goes through the writer
//! task ([`writer`]), which commits what is queued together. A rule that something happens once is
//! always one conditional statement, never a read and then a write. No other room knows SQL.

mod acme;
mod app_credentials;
mod audit;
mod clients;
#[cfg(test)]
mod conformance;
mod consents;
mod devices;
mod engine;
mod error;
mod events;
mod grants;
mod keys;
mod late_forms;
mod links;
mod logouts;
mod opened;
mod passwords;
mod registered;
mod rows;
mod sessions;
mod settings;
mod spent;
mod standing;
mod sweep;
mod throttles;
mod users;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;

use self::engine::{Engine, postgres, sqlite};
use self::writer::{Listener, Writer};
use crate::base::encoding::hex;
use crate::base::{Clock, Rng, Timestamp};
use crate::model::Event;

pub use acme::AcmeRow;
pub use clients::StoredClient;
#[cfg(test)]
pub(crate) use conformance::Locked;
pub use devices::Polled;
pub use error::StoreError;
pub use grants::{Redeemed, Rotated, Turn};
pub use logouts::Claim;
pub use registered::Registered;
pub use settings::*;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    writer: Writer,
    node: Arc<str>,
    listeners: Arc<RwLock<Vec<Listener>>>,
    clock: Clock,
    rng: Rng,
}

/// What was written since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Transactions.
    pub commits: u64,
    /// Changes in them.
    pub changes: u64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(..)")
    }
}

impl Store {
    /// Opens the database, brings its schema up to date and starts the writer.
    pub async fn open(
        settings: &StoreSettings,
        clock: Clock,
        rng: Rng,
    ) -> Result<Self, StoreError> {
        let engine = Arc::new(match &settings.database {
            Database::Memory => Engine::Sqlite(sqlite::memory().await?),
            Database::Sqlite(path) => Engine::Sqlite(sqlite::file(path).await?),
            Database::Postgres(url) => {
                Engine::Postgres(postgres::connect(url.expose_secret()).await?)
            }
        });
        // A name per start: a restarted node never continues a numbering it may not remember.
        let node: Arc<str> = format!("n-{}", hex(rng.bytes::<8>()?)).into();
        let listeners = Arc::<RwLock<Vec<Listener>>>::default();
        let writer = Writer::start(engine.clone(), node.clone(), listeners.clone());
        Ok(Self(Arc::new(Inner {
            engine,
            writer,
            node,
            listeners,
            clock,
            rng,
        })))
    }

    /// Calls `listener` with each event that this process writes: after its commit, and before
    /// whoever caused it is answered. It must be quick.
    pub fn on_event(&self, listener: impl Fn(&Event) + Send + Sync + 'static) {
        self.0.listeners.write().push(Box::new(listener));
    }

    /// The name under which this process writes events.
    pub fn node(&self) -> &str {
        &self.0.node
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        engine::read!(self.engine(), (i64,), "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }

    /// Whether it can be written, too. Tries a change only when the last one failed.
    pub async fn is_writable(&self) -> bool {
        self.writer().told.works.load(Ordering::Relaxed)
            || self.remember(&[0; 32], self.now()).await.is_ok()
    }

    /// Transactions committed since the start, and the changes in them: under load many changes
    /// share a commit.
    pub fn committed(&self) -> Committed {
        let told = &self.writer().told;
        Committed {
            commits: told.commits.load(Ordering::Relaxed),
            changes: told.changes.load(Ordering::Relaxed),
        }
    }

    /// Commits what is queued and closes; every call after it fails.
    pub async fn close(&self) {
        let _ = self.write(|_| Box::pin(async { Ok(()) })).await;
        self.engine().close().await;
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn writer(&self) -> &Writer {
        &self.0.writer
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn rng(&self) -> &Rng {
        &self.0.rng
    }
}
