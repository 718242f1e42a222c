//! The one task that writes: it takes what is queued, commits it together, then answers.
//!
//! At low load one change is one commit; at high load many share one. Because it writes alone, its
//! events are numbered without gaps. A batch of which a statement is refused is retried change by
//! change, so that one bad change does not take its neighbours with it; when the database cannot be
//! reached, everybody who waits is told at once.

use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use super::engine::{Engine, Tx, execute};
use super::{Store, StoreError};
use crate::base::Timestamp;
use crate::model::{Event, EventKey};

/// Changes that may wait; a caller past this waits for room.
const QUEUE: usize = 1024;
/// Changes that share one commit at most.
const BATCH: usize = 128;
/// How often a node gives way to another before it gives up.
const TRIES: usize = 3;

/// Called with each event after its commit, before whoever caused it is answered.
pub(super) type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// What a change sees: the transaction, and where it announces what others must know.
pub(super) struct Batch {
    pub(super) tx: Tx,
    writer: Arc<str>,
    next: i64,
    events: Vec<Event>,
}

impl Batch {
    /// Writes an event in the same transaction.
    pub(super) async fn announce(&mut self, key: EventKey, at: Timestamp) -> sqlx::Result<()> {
        let (kind, subject) = key.parts();
        execute!(
            &mut self.tx,
            "INSERT INTO events (writer, seq, at, kind, subject) VALUES ($1, $2, $3, $4, $5)",
            &*self.writer,
            self.next,
            at.millis(),
            kind,
            subject
        )?;
        self.events.push(Event {
            writer: self.writer.to_string(),
            seq: self.next,
            at,
            key,
        });
        self.next += 1;
        Ok(())
    }
}

/// A change that waits for its commit.
trait Change: Send {
    fn apply<'a>(&'a mut self, batch: &'a mut Batch) -> BoxFuture<'a, sqlx::Result<()>>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Call<F, R> {
    work: F,
    result: Option<R>,
    answer: oneshot::Sender<Result<R, StoreError>>,
}

impl<F, R> Change for Call<F, R>
where
    F: for<'a> Fn(&'a mut Batch) -> BoxFuture<'a, sqlx::Result<R>> + Send + Sync,
    R: Send,
{
    fn apply<'a>(&'a mut self, batch: &'a mut Batch) -> BoxFuture<'a, sqlx::Result<()>> {
        Box::pin(async move {
            self.result = Some((self.work)(batch).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { result, answer, .. } = *self;
        let lost = StoreError::Unavailable("the change was lost");
        // Nobody listens any more when the request was given up; the change stands all the same.
        let _ = answer.send(outcome.and_then(|()| result.ok_or(lost)));
    }
}

/// The queue's other end.
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Change>>,
}

impl Writer {
    /// Starts the task; `writer` names this node in the events.
    pub(super) fn start(
        engine: Arc<Engine>,
        writer: Arc<str>,
        listeners: Arc<RwLock<Vec<Listener>>>,
    ) -> Self {
        let (queue, changes) = mpsc::channel(QUEUE);
        tokio::spawn(
            Task {
                engine,
                writer,
                listeners,
                next: 1,
                renamed: 0,
            }
            .run(changes),
        );
        Self { queue }
    }
}

impl Store {
    /// Queues a change and waits until it is committed.
    pub(super) async fn write<R, F>(&self, work: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: for<'a> Fn(&'a mut Batch) -> BoxFuture<'a, sqlx::Result<R>> + Send + Sync + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let gone = |()| StoreError::Unavailable("it is shutting down");
        let call = Box::new(Call {
            work,
            result: None,
            answer,
        });
        self.writer().queue.send(call).await.map_err(|_| gone(()))?;
        outcome.await.map_err(|_| gone(()))?
    }
}

struct Task {
    engine: Arc<Engine>,
    /// The name that this process's events carry; a new one after a commit whose outcome is unknown.
    writer: Arc<str>,
    listeners: Arc<RwLock<Vec<Listener>>>,
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
    async fn run(mut self, mut changes: mpsc::Receiver<Box<dyn Change>>) {
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
                outcome => return outcome,
            }
        }
        self.try_commit(changes).await
    }

    async fn try_commit(&mut self, changes: &mut [Box<dyn Change>]) -> Result<(), Failed> {
        let apart = |apart: bool| move |error| Failed { error, apart };
        let mut batch = Batch {
            tx: self.engine.begin().await.map_err(apart(false))?,
            writer: self.writer.clone(),
            next: self.next,
            events: Vec::new(),
        };
        for change in changes {
            let applied = change.apply(&mut batch).await;
            applied.map_err(|error| Failed {
                apart: !is_lost(&error),
                error,
            })?;
        }
        let Batch {
            tx, events, next, ..
        } = batch;
        match tx.commit().await {
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
        // Numbers are used up only by what is committed: no gaps.
        self.next = next;
        self.announce(&events);
        Ok(())
    }

    fn announce(&self, events: &[Event]) {
        let listeners = self.listeners.read();
        for event in events {
            listeners.iter().for_each(|listener| listener(event));
        }
    }

    fn rename(&mut self) {
        self.renamed += 1;
        let node = self.writer.split('.').next().unwrap_or_default();
        self.writer = format!("{node}.{}", self.renamed).into();
        self.next = 1;
    }
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
