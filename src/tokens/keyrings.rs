//! The rings of every owner: loaded from the store, made at first start, replaced by schedule and
//! by command, loaded again when another node changed them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, Notify};

use super::TokenError;
use super::schedule::{self, Haste, KeyOwner, Planned};
use crate::base::{Clock, KeyId, Rng, Timestamp};
use crate::keys::{KeyLife, KeyRing, Purpose, RingKey, Sealer, SigningKey};
use crate::model::{Algorithm, Event, EventKey, SigningKeyRecord};
use crate::store::Store;

/// How often keys are looked at without being told to.
const MAINTENANCE: Duration = Duration::from_mins(1);

/// Every signing key there is. Cheap to clone; reads take no lock and do no I/O.
#[derive(Clone)]
pub struct Keyrings(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    rng: Rng,
    rings: HashMap<String, Ring>,
    /// One change at a time on this node.
    changing: Mutex<()>,
    /// Keys were changed, here or elsewhere.
    changed: Notify,
}

struct Ring {
    owner: KeyOwner,
    current: ArcSwap<KeyRing>,
}

impl Keyrings {
    /// Loads the keys of `owners`, and makes those that are missing.
    pub async fn open(
        store: Store,
        sealer: Sealer,
        clock: Clock,
        rng: Rng,
        owners: impl IntoIterator<Item = KeyOwner>,
    ) -> Result<Self, TokenError> {
        let now = clock.now();
        let rings = owners
            .into_iter()
            .map(|owner| {
                let current = ArcSwap::from_pointee(KeyRing::new([], now));
                (owner.name.clone(), Ring { owner, current })
            })
            .collect();
        let keyrings = Self(Arc::new(Inner {
            store,
            sealer,
            clock,
            rng,
            rings,
            changing: Mutex::new(()),
            changed: Notify::new(),
        }));
        keyrings.maintain().await?;
        Ok(keyrings)
    }

    /// The ring of `owner` as it is now.
    pub fn ring(&self, owner: &str) -> Result<Arc<KeyRing>, TokenError> {
        let ring = self.0.rings.get(owner).ok_or(TokenError::NoKey)?;
        Ok(ring.current.load_full())
    }

    /// Makes keys that are due, retires what was succeeded, loads what other nodes made.
    pub async fn maintain(&self) -> Result<(), TokenError> {
        let _changing = self.0.changing.lock().await;
        for ring in self.0.rings.values() {
            let now = self.0.clock.now();
            let keys = self.0.store.list_keys(&ring.owner.name).await?;
            for planned in schedule::due(&ring.owner, &keys, now) {
                self.make(&ring.owner, &keys, planned, now).await?;
            }
            self.retire_succeeded(&ring.owner).await?;
            self.load(ring).await?;
        }
        Ok(())
    }

    /// Maintains the keys for as long as the process runs, by the clock and by [`Self::note`].
    pub async fn run(self) {
        let mut tick = tokio::time::interval(MAINTENANCE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.0.changed.notified() => {}
            }
            if let Err(error) = self.maintain().await {
                tracing::error!(%error, "signing keys could not be maintained; trying on");
            }
        }
    }

    /// Takes in one event: other processes' keys are loaded by [`Self::run`].
    pub fn note(&self, event: &Event) {
        if let EventKey::Keys(owner) = &event.key
            && self.0.rings.contains_key(owner)
        {
            self.0.changed.notify_one();
        }
    }

    /// Has every key loaded anew by [`Self::run`].
    pub fn forget(&self) {
        self.0.changed.notify_one();
    }

    /// Replaces the keys of `owner` by command, all algorithms or one.
    pub async fn rotate(
        &self,
        owner: &str,
        alg: Option<Algorithm>,
        haste: Haste,
    ) -> Result<Vec<KeyId>, TokenError> {
        let ring = self.0.rings.get(owner).ok_or(TokenError::NoKey)?;
        let _changing = self.0.changing.lock().await;
        let now = self.0.clock.now();
        let keys = self.0.store.list_keys(owner).await?;
        let mut made = Vec::new();
        let asked = |one: &&Algorithm| alg.is_none_or(|alg| alg == **one);
        for one in ring.owner.algs.iter().filter(asked) {
            let planned = schedule::planned(&ring.owner, *one, haste, now);
            made.extend(self.make(&ring.owner, &keys, planned, now).await?);
            if haste == Haste::Compromised {
                for key in keys.iter().filter(|key| key.alg == *one) {
                    self.0.store.retire_key(&key.id, owner, now).await?;
                }
            }
        }
        self.retire_succeeded(&ring.owner).await?;
        self.load(ring).await?;
        Ok(made)
    }

    /// Whose keys there are.
    pub fn owners(&self) -> impl Iterator<Item = &KeyOwner> {
        self.0.rings.values().map(|ring| &ring.owner)
    }

    pub(super) fn rng(&self) -> &Rng {
        &self.0.rng
    }

    /// Makes a key, unless another node was faster.
    async fn make(
        &self,
        owner: &KeyOwner,
        keys: &[SigningKeyRecord],
        planned: Planned,
        now: Timestamp,
    ) -> Result<Option<KeyId>, TokenError> {
        let alg = planned.alg;
        // An RSA key is tens of milliseconds of CPU.
        let pkcs8 = tokio::task::spawn_blocking(move || SigningKey::generate(alg))
            .await
            .map_err(|_| TokenError::NoKey)??;
        let id = KeyId::random(&self.0.rng)?;
        let record = SigningKeyRecord {
            sealed: self.0.sealer.seal_at_rest(
                Purpose::SigningKey,
                &associated(&owner.name, &id, alg),
                &pkcs8,
            )?,
            id: id.clone(),
            owner: owner.name.clone(),
            alg,
            created: now,
            signs_from: planned.signs_from,
            gone: None,
        };
        let known = keys.iter().filter(|key| key.alg == alg);
        let since = known.map(|key| key.created).max();
        let since = since.unwrap_or(Timestamp::from_millis(i64::MIN));
        let made = self.0.store.insert_key(&record, since).await?;
        if made {
            tracing::info!(owner = owner.name, alg = alg.as_str(), kid = %id, "signing key made");
        }
        Ok(made.then_some(id))
    }

    async fn retire_succeeded(&self, owner: &KeyOwner) -> Result<(), TokenError> {
        let keys = self.0.store.list_keys(&owner.name).await?;
        for (id, gone) in schedule::succeeded(owner, &keys) {
            self.0.store.retire_key(&id, &owner.name, gone).await?;
        }
        Ok(())
    }

    async fn load(&self, ring: &Ring) -> Result<(), TokenError> {
        let now = self.0.clock.now();
        let mut keys = Vec::new();
        for record in self.0.store.list_keys(&ring.owner.name).await? {
            let life = KeyLife {
                created: record.created,
                signs_from: record.signs_from,
                gone: record.gone,
            };
            if life.is_published(now) {
                keys.push(RingKey {
                    key: self.unsealed(&ring.current.load(), &record)?,
                    life,
                });
            }
        }
        ring.current.store(Arc::new(KeyRing::new(keys, now)));
        Ok(())
    }

    /// The key of a record: the one in memory, or opened and parsed.
    fn unsealed(
        &self,
        current: &KeyRing,
        record: &SigningKeyRecord,
    ) -> Result<Arc<SigningKey>, TokenError> {
        if let Some(known) = current.keys().iter().find(|one| *one.key.id() == record.id) {
            return Ok(Arc::clone(&known.key));
        }
        let pkcs8 = self
            .0
            .sealer
            .open_at_rest(
                Purpose::SigningKey,
                &associated(&record.owner, &record.id, record.alg),
                &record.sealed,
            )
            .ok_or(TokenError::Unsealable)?;
        let key = SigningKey::from_pkcs8(record.id.clone(), record.alg, &pkcs8)?;
        Ok(Arc::new(key))
    }
}

impl std::fmt::Debug for Keyrings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyrings(..)")
    }
}

/// A sealed key is of one owner, one id, one algorithm; none can be swapped for another's.
fn associated(owner: &str, id: &KeyId, alg: Algorithm) -> Vec<u8> {
    format!("{owner}\0{id}\0{}", alg.as_str()).into_bytes()
}
