//! The one task that writes: it takes what is queued, commits it together, then answers.
//!
//! At low load one change is one commit; at high load many share one. Because it writes alone, its
//! events are numbered without gaps. A batch of which a statement is refused is retried change by
//! change, so that one bad change does not take its neighbours with it; when the database cannot be
//! reached, everybody who waits is told at once.

mod task;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use futures::future::BoxFuture;
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use self::task::Task;
use super::engine::{Engine, Tx, execute};
use super::{Store, StoreError};
use crate::base::Timestamp;
use crate::model::{Event, EventKey};

/// Changes that may wait; a caller past this waits for room.
const QUEUE: usize = 1024;

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
    pub(super) told: Arc<Told>,
}

/// What the task says of itself.
pub(super) struct Told {
    /// Whether the last change that was tried could be written.
    pub(super) works: AtomicBool,
    /// Transactions that were committed, and the changes in them.
    pub(super) commits: AtomicU64,
    pub(super) changes: AtomicU64,
}

impl Writer {
    /// Starts the task; `writer` names this node in the events.
    pub(super) fn start(
        engine: Arc<Engine>,
        writer: Arc<str>,
        listeners: Arc<RwLock<Vec<Listener>>>,
    ) -> Self {
        let (queue, changes) = mpsc::channel(QUEUE);
        let told = Arc::new(Told {
            works: AtomicBool::new(true),
            commits: AtomicU64::new(0),
            changes: AtomicU64::new(0),
        });
        tokio::spawn(Task::new(engine, writer, listeners, told.clone()).run(changes));
        Self { queue, told }
    }
}

impl Store {
    /// Queues a change and waits until it is committed.
    pub(super) async fn write<R, F>(&self, work: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: for<'a> Fn(&'a mut Batch) -> BoxFuture<'a, sqlx::Result<R>> + Send + Sync + 'static,
    {
        let (call, outcome) = call(work);
        self.writer().queue.send(call).await.map_err(|_| ENDED)?;
        outcome.await.map_err(|_| ENDED)?
    }

    /// Queues a change at once, unless the queue is full; whoever wants to may wait for its commit.
    pub(super) fn write_soon<R, F>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<R, StoreError>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: for<'a> Fn(&'a mut Batch) -> BoxFuture<'a, sqlx::Result<R>> + Send + Sync + 'static,
    {
        let (call, outcome) = call(work);
        let queued = self.writer().queue.try_send(call);
        async move {
            queued.map_err(|_| StoreError::Unavailable("too many changes wait"))?;
            outcome.await.map_err(|_| ENDED)?
        }
    }
}

const ENDED: StoreError = StoreError::Unavailable("it is shutting down");

type Outcome<R> = oneshot::Receiver<Result<R, StoreError>>;

fn call<R, F>(work: F) -> (Box<dyn Change>, Outcome<R>)
where
    R: Send + 'static,
    F: for<'a> Fn(&'a mut Batch) -> BoxFuture<'a, sqlx::Result<R>> + Send + Sync + 'static,
{
    let (answer, outcome) = oneshot::channel();
    let call = Call {
        work,
        result: None,
        answer,
    };
    (Box::new(call), outcome)
}
