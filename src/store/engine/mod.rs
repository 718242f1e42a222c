//! The database engines behind one set of statements. A new engine is a file here, an arm in the
//! macros below, and the same conformance suite.

pub(super) mod postgres;
pub(super) mod sqlite;

use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Connections to one database.
pub(super) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(sqlx::PgPool),
}

/// A transaction on either; dropped, it changes nothing.
pub(super) enum Tx {
    Sqlite(sqlite::Tx),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Engine {
    pub(super) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pools) => Tx::Sqlite(sqlite::Tx::begin(&pools.write).await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Takes everything back.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// Every step of the schema, in order. A step that was released is never edited.
const SCHEMA: &[(i64, &str, &str)] = &[
    (1, "base", include_str!("../migrations/0001_base.sql")),
    (2, "epoch", include_str!("../migrations/0002_epoch.sql")),
    (3, "extent", include_str!("../migrations/0003_extent.sql")),
    (
        4,
        "registration",
        include_str!("../migrations/0004_registration.sql"),
    ),
    (5, "logouts", include_str!("../migrations/0005_logouts.sql")),
    (6, "device", include_str!("../migrations/0006_device.sql")),
    (
        7,
        "registrations",
        include_str!("../migrations/0007_registrations.sql"),
    ),
    (
        8,
        "consents",
        include_str!("../migrations/0008_consents.sql"),
    ),
    (
        9,
        "link_proven",
        include_str!("../migrations/0009_link_proven.sql"),
    ),
    (
        10,
        "late_forms",
        include_str!("../migrations/0010_late_forms.sql"),
    ),
    (
        11,
        "standing_tokens",
        include_str!("../migrations/0011_standing_tokens.sql"),
    ),
    (
        12,
        "app_credentials",
        include_str!("../migrations/0012_app_credentials.sql"),
    ),
    (13, "acme", include_str!("../migrations/0013_acme.sql")),
];

/// The schema with the engine's word for bytes.
fn migrations(blob: &str) -> Migrator {
    let steps = SCHEMA.iter().map(|(version, name, sql)| {
        Migration::new(
            *version,
            (*name).into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(sql.replace("BLOB", blob))),
            false,
        )
    });
    Migrator::with_migrations(steps.collect())
}

/// Rows changed by a statement in a transaction: `execute!(tx, "..", a, b)`.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $tx {
            $crate::store::engine::Tx::Sqlite(tx) => {
                sqlx::query($sql)$(.bind($arg))*.execute(tx.connection()).await.map(|done| done.rows_affected())
            }
            $crate::store::engine::Tx::Postgres(tx) => {
                sqlx::query($sql)$(.bind($arg))*.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
    };
}

/// Rows returned by a statement in a transaction: `returning!(tx, Row, "..", a, b)`.
macro_rules! returning {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $tx {
            $crate::store::engine::Tx::Sqlite(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(tx.connection()).await
            }
            $crate::store::engine::Tx::Postgres(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(&mut **tx).await
            }
        }
    };
}

/// Rows read outside any transaction: `read!(engine, Row, "..", a, b)`.
macro_rules! read {
    ($engine:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $engine {
            $crate::store::engine::Engine::Sqlite(pools) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(&pools.read).await
            }
            $crate::store::engine::Engine::Postgres(pool) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(pool).await
            }
        }
    };
}

pub(super) use {execute, read, returning};
