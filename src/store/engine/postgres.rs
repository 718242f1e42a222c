//! `PostgreSQL`: for several nodes.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Error, PgConnection, PgPool};

use crate::store::StoreError;

const CONNECTIONS: u32 = 16;
/// How long a request waits for a connection before it is told that the store is unavailable.
const ACQUIRE: Duration = Duration::from_secs(5);

/// No statement of ours takes long: one that does must not hold up the writer, and a node that
/// vanished must not hold locks.
const LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "15s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "30s"),
];

/// The database at `url`.
pub(in crate::store) async fn connect(url: &str) -> Result<PgPool, StoreError> {
    // The driver does not look at the scheme.
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(StoreError::Url);
    }
    // The URL may hold a password, and the error may hold the URL.
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Url)?;
    let options = options.application_name("doorward").options(LIMITS);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options.clone());
    let pool = match pool.await {
        // It was tried again and again; once more, to hear why.
        Err(Error::PoolTimedOut) => {
            PgConnection::connect_with(&options).await?;
            return Err(Error::PoolTimedOut.into());
        }
        pool => pool?,
    };
    super::migrations("BYTEA").run(&pool).await?;
    Ok(pool)
}
