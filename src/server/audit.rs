//! Audit records on their way to the database, without making anybody wait.
//!
//! What anybody can cause at will (refused tokens, denials) has a lane of its own, so that a flood
//! of it does not push out who signed in and what was revoked. Of refusals that are alike, only
//! one a minute comes here at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::sparing::Sparing;
use crate::model::{AuditKind, AuditRecord};
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::telemetry::audit::Forward;

/// Records that may wait in each lane.
const QUEUE: usize = 8192;
/// Records that are handed to the database together, to share a commit.
const BATCH: usize = 256;

/// What takes records and writes them to `store`.
pub fn into_store(store: Store, metrics: Metrics) -> Forward {
    let (first, firsts) = channel(QUEUE);
    let (bulk, bulks) = channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    tokio::spawn(write(store, firsts, bulks, lost.clone()));
    let sparing = Mutex::new(Sparing::default());
    Arc::new(move |record| {
        if !sparing.lock().takes(record) {
            metrics.refusal_left_out();
            return;
        }
        let lane: &Sender<AuditRecord> = if is_cheap(record) { &bulk } else { &first };
        if lane.try_send(record.clone()).is_err() {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    })
}

/// Whether somebody without any right can cause as many of these as they like.
fn is_cheap(record: &AuditRecord) -> bool {
    match record.kind {
        AuditKind::Denial => true,
        AuditKind::Token | AuditKind::Login | AuditKind::Registration => !record.ok,
        AuditKind::Logout
        | AuditKind::Consent
        | AuditKind::Revoke
        | AuditKind::Credential
        | AuditKind::Admin
        | AuditKind::Key => false,
    }
}

async fn write(
    store: Store,
    mut firsts: Receiver<AuditRecord>,
    mut bulks: Receiver<AuditRecord>,
    lost: Arc<AtomicU64>,
) {
    loop {
        let (mut batch, mut cheap) = (Vec::new(), Vec::new());
        let taken = tokio::select! {
            biased;
            taken = firsts.recv_many(&mut batch, BATCH) => taken,
            taken = bulks.recv_many(&mut cheap, BATCH) => taken,
        };
        if taken == 0 {
            return;
        }
        batch.append(&mut cheap);
        let written = join_all(batch.iter().map(|record| store.insert_audit(record))).await;
        let failed = written.iter().filter(|outcome| outcome.is_err()).count() as u64;
        let dropped = lost.swap(0, Ordering::Relaxed);
        if failed + dropped > 0 {
            tracing::error!(failed, dropped, "audit records were lost to the database");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Clock, Rng, Timestamp};
    use crate::store::{Database, MasterKeySource, StoreSettings};

    fn record(kind: AuditKind, ok: bool) -> AuditRecord {
        AuditRecord {
            at: Timestamp::from_millis(1),
            kind,
            ok,
            reason: "test",
            user: None,
            session: None,
            issuer: None,
            client: None,
            route: None,
            address: None,
            request: None,
        }
    }

    #[tokio::test]
    async fn a_flood_of_refusals_is_one_row_and_does_not_push_out_who_signed_in() {
        let settings = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, Clock::system(), Rng::system())
            .await
            .unwrap();
        let metrics = Metrics::new().unwrap();
        let forward = into_store(store.clone(), metrics.clone());
        let flood = 1000;
        for _ in 0..flood {
            forward(&record(AuditKind::Token, false));
        }
        forward(&record(AuditKind::Login, true));
        let rows = async |kind: &str| {
            let since = Timestamp::from_millis(0);
            let all = store.list_audit(since, 100_000).await.unwrap();
            all.iter().filter(|(_, found, ..)| found == kind).count()
        };
        while rows("login").await == 0 || rows("token").await == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!((rows("login").await, rows("token").await), (1, 1));
        let left_out = format!("doorward_audit_refusals_left_out_total {}", flood - 1);
        assert!(metrics.render().unwrap().contains(&left_out));
    }
}
