//! The loop of the writer: take what is queued, commit, answer; and what a failure means for those
//! who wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use parking_lot::RwLock;
use tokio::sync::mpsc;

use super::{Batch, Change, Listener, Told};
use crate::model::Event;
use crate::store::StoreError;
use crate::store::engine::Engine;

/// Changes that share one commit at most.
const BATCH: usize = 128;
/// How often a node gives way to another before it gives up.
const TRIES: usize = 3;
/// How long one statement may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// The task, and what it remembers.
pub(super) struct Task {
    engine: Arc<Engine>,
    /// The name that this process's events carry; a new one after a commit whose outcome is unknown.
    writer: Arc<str>,
    listeners: Arc<RwLock<Vec<Listener>>>,
    told: Arc<Told>,
    next: i64,
    renamed: u32,
}

/// Why changes were not committed together.
struct Failed {
    error: sqlx::Error,
    /// Each may succeed alone: a statement of one of them was refused.
    apart: bool,
}

impl Task {
    pub(super) const fn new(
        engine: Arc<Engine>,
        writer: Arc<str>,
        listeners: Arc<RwLock<Vec<Listener>>>,
        told: Arc<Told>,
    ) -> Self {
        Self {
            engine,
            writer,
            listeners,
            told,
            next: 1,
            renamed: 0,
        }
    }

    pub(super) async fn run(mut self, mut changes: mpsc::Receiver<Box<dyn Change>>) {
        let mut batch: Vec<Box<dyn Change>> = Vec::with_capacity(BATCH);
        while changes.recv_many(&mut batch, BATCH).await > 0 {
            match self.commit(&mut batch).await {
                Ok(()) => batch.drain(..).for_each(|change| change.answer(Ok(()))),
                Err(failed) if failed.apart && batch.len() > 1 => {
                    self.one_by_one(batch.drain(..)).await;
                }
                Err(failed) => refuse(batch.drain(..), &failed.error),
            }
        }
    }

    async fn one_by_one(&mut self, mut changes: impl Iterator<Item = Box<dyn Change>> + Send) {
        while let Some(mut change) = changes.next() {
            match self.commit(std::slice::from_mut(&mut change)).await {
                Ok(()) => change.answer(Ok(())),
                Err(failed) => {
                    change.answer(Err(StoreError::from(&failed.error)));
                    if !failed.apart {
                        // The rest would wait as long, one after the other, for the same answer.
                        return refuse(changes, &failed.error);
                    }
                }
            }
        }
    }

    async fn commit(&mut self, changes: &mut [Box<dyn Change>]) -> Result<(), Failed> {
        for _ in 0..TRIES {
            match self.try_commit(changes).await {
                Err(failed) if failed.apart && is_rivalry(&failed.error) => {}
                outcome => return self.noted(outcome),
            }
        }
        let outcome = self.try_commit(changes).await;
        self.noted(outcome)
    }

    /// Remembers whether the database can be written. A change that was refused for what it is says
    /// nothing about that.
    fn noted(&self, outcome: Result<(), Failed>) -> Result<(), Failed> {
        let works = match &outcome {
            Ok(()) => true,
            Err(failed) => !StoreError::from(&failed.error).is_transient(),
        };
        let worked = self.told.works.swap(works, Ordering::Relaxed);
        match &outcome {
            Err(failed) if worked && !works => {
                let error = StoreError::from(&failed.error);
                tracing::error!(%error, "nothing can be written; reads go on");
            }
            Ok(()) if !worked => tracing::info!("the database can be written again"),
            Ok(()) | Err(_) => {}
        }
        outcome
    }

    async fn try_commit(&mut self, changes: &mut [Box<dyn Change>]) -> Result<(), Failed> {
        let apart = |apart: bool| move |error| Failed { error, apart };
        let mut batch = Batch {
            tx: self.engine.begin().await.map_err(apart(false))?,
            writer: self.writer.clone(),
            next: self.next,
            events: Vec::new(),
        };
        if let Err(error) = apply(changes, &mut batch).await {
            let apart = !is_lost(&error);
            if in_time(batch.tx.rollback()).await.is_err() {
                tracing::warn!("a transaction was given up with its connection");
            }
            return Err(Failed { error, apart });
        }
        let Batch {
            tx, events, next, ..
        } = batch;
        match in_time(tx.commit()).await {
            // Nothing of it is there.
            Err(error) if !is_lost(&error) => return Err(apart(true)(error)),
            Err(error) => {
                // It may be there or not. Nothing is tried again, what it would have voided is
                // void, and its numbers are not used for anything else.
                self.announce(&events);
                self.rename();
                return Err(apart(false)(error));
            }
            Ok(()) => {}
        }
        self.told.commits.fetch_add(1, Ordering::Relaxed);
        let committed = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        self.told.changes.fetch_add(committed, Ordering::Relaxed);
        // Numbers are used up only by what is committed: no gaps.
        self.next = next;
        self.announce(&events);
        Ok(())
    }

    fn announce(&self, events: &[Event]) {
        let listeners = self.listeners.read();
        for event in events {
            for listener in listeners.iter() {
                // One listener's fault must not end the only task that writes.
                if catch_unwind(AssertUnwindSafe(|| listener(event))).is_err() {
                    tracing::error!(kind = event.key.parts().0, "an event was not acted on");
                }
            }
        }
    }

    fn rename(&mut self) {
        self.renamed += 1;
        let node = self.writer.split('.').next().unwrap_or_default();
        self.writer = format!("{node}.{}", self.renamed).into();
        self.next = 1;
    }
}

/// Makes the changes one after the other. One that panics has failed, and nothing else has.
async fn apply(changes: &mut [Box<dyn Change>], batch: &mut Batch) -> sqlx::Result<()> {
    for change in changes {
        let applied = AssertUnwindSafe(change.apply(batch)).catch_unwind();
        let applied = in_time(applied.map(|applied| match applied {
            Ok(applied) => applied,
            Err(_panic) => Err(sqlx::Error::Encode("a change panicked".into())),
        }));
        applied.await?;
    }
    Ok(())
}

/// A database that stops answering must not hold up the writer for ever.
async fn in_time<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn refuse(changes: impl Iterator<Item = Box<dyn Change>>, error: &sqlx::Error) {
    changes.for_each(|change| change.answer(Err(StoreError::from(error))));
}

/// Whether the connection was lost, rather than something refused on it.
fn is_lost(error: &sqlx::Error) -> bool {
    use sqlx::Error;
    if let Error::Database(cause) = error {
        // PostgreSQL says so before it goes: connection exceptions and operator intervention.
        let code = cause.code().unwrap_or_default();
        return code.len() == 5 && (code.starts_with("08") || code.starts_with("57P"));
    }
    matches!(
        error,
        Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed
            | Error::BeginFailed
    )
}

/// Whether another node wanted the same rows at the same time, and this one gave way
/// (`serialization_failure`, `deadlock_detected`).
fn is_rivalry(error: &sqlx::Error) -> bool {
    let cause = error.as_database_error();
    let code = cause.and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
