//! `SQLite`: write-ahead log, every commit synced, one writer.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, access};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor, Sqlite as Engine, SqlitePool};

use crate::store::StoreError;

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before it is told that the store is unavailable.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Connections that read; the log lets them read while one writes.
const READERS: u32 = 4;

/// One writing connection and a few reading ones.
pub(in crate::store) struct Sqlite {
    pub(in crate::store) write: SqlitePool,
    pub(in crate::store) read: SqlitePool,
}

/// A database that ends with the process: one connection, which reads and writes.
pub(in crate::store) async fn memory() -> Result<Sqlite, StoreError> {
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    migrate(&pool).await?;
    Ok(Sqlite {
        write: pool.clone(),
        read: pool,
    })
}

/// The database in `path`, made when absent with mode 0600.
pub(in crate::store) async fn file(path: &Path) -> Result<Sqlite, StoreError> {
    create(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY);
    let named = |cause: StoreError| StoreError::opening(path, cause);
    let given_up = tokio::time::Instant::now() + BUSY;
    let write = loop {
        match writer(options.clone()).await {
            // Two processes that make the log at the same time: the engine does not wait then.
            Err(cause) if cause.is_transient() && tokio::time::Instant::now() < given_up => {
                tokio::time::sleep(BUSY / 100).await;
            }
            opened => break opened.map_err(named)?,
        }
    };
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(|error| named(error.into()))?;
    Ok(Sqlite { write, read })
}

/// The one connection that writes, to a database whose schema is up to date.
async fn writer(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        // Longer than a lock is waited for, so that the lock is what is told.
        .acquire_timeout(BUSY * 2)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    migrate(&write).await?;
    Ok(write)
}

/// Under the write lock from the start: two processes that start at once make one schema.
async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    // `run` wants more of its argument than a transaction can give.
    let migrations = super::migrations("BLOB");
    migrations.run_direct(None, &mut *tx, false).await?;
    Ok(tx.commit().await?)
}

/// A write transaction, begun and ended by hand: after some failures, such as a full disk, `SQLite`
/// has rolled back by itself, and a transaction that insists on its own rollback would leave the
/// only writing connection unusable.
pub(in crate::store) struct Tx {
    connection: PoolConnection<Engine>,
    ended: bool,
}

impl Tx {
    pub(super) async fn begin(pool: &SqlitePool) -> sqlx::Result<Self> {
        let mut tx = Self {
            connection: pool.acquire().await?,
            ended: false,
        };
        // IMMEDIATE: a deferred transaction that turns into a writer may fail half-way.
        let begun = tx.connection().execute("BEGIN IMMEDIATE").await;
        tx.ended = begun.is_err();
        begun.map(|_| tx)
    }

    pub(in crate::store) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        match self.connection().execute("COMMIT").await {
            Ok(_) => {
                self.ended = true;
                Ok(())
            }
            Err(error) => {
                self.rollback().await?;
                Err(error)
            }
        }
    }

    pub(super) async fn rollback(mut self) -> sqlx::Result<()> {
        // That there is nothing left to roll back is as good.
        match self.connection().execute("ROLLBACK").await {
            Ok(_) | Err(sqlx::Error::Database(_)) => {
                self.ended = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Drop for Tx {
    /// A transaction that was given up in the middle takes its connection with it.
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

/// Makes the file before the engine does, so that nobody else may ever read it.
fn create(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    match made {
        // Not opened here: closing it would drop the engine's locks on it in this process.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            access(path, Access::READ_OK | Access::WRITE_OK).map_err(Into::into)
        }
        made => made.map(drop),
    }
    .map_err(|cause| StoreError::File {
        path: path.into(),
        cause,
    })
}
