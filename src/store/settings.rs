//! `[storage]`, validated.

use std::path::PathBuf;

use crate::base::Secret;

/// Where records are kept.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The engine and its address.
    pub database: Database,
    /// The master key.
    pub key: MasterKeySource,
}

/// The engine and its address.
#[derive(Clone, Debug)]
pub enum Database {
    /// A private database that ends with the process: demo and tests.
    Memory,
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A `PostgreSQL` URL; secret because it may hold a password.
    Postgres(Secret<String>),
}

/// Where the master key comes from.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// A file of 32 bytes in base64url; made at first start with mode 0600.
    File(PathBuf),
    /// Given, as from an environment variable.
    Given(Secret<Vec<u8>>),
    /// Made anew at each start: demo and tests.
    Ephemeral,
}
