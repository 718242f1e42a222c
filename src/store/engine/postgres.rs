//! `PostgreSQL`: for several nodes.

use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::store::StoreError;

const CONNECTIONS: u32 = 16;
/// How long a request waits for a connection before it is told that the store is unavailable.
const ACQUIRE: Duration = Duration::from_secs(5);

/// The database at `url`.
pub(in crate::store) async fn connect(url: &str) -> Result<PgPool, StoreError> {
    // The URL may hold a password, and the error may hold the URL.
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Url)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options.application_name("doorward"))
        .await?;
    super::migrations("BYTEA").run(&pool).await?;
    Ok(pool)
}
