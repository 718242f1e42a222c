//! What can go wrong with the database, in words that hold no SQL, no value and no secret.

use std::path::{Path, PathBuf};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is locked, or has no connection free. Trying again may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(&'static str),
    /// There is no room. Reads go on; writes work again when there is.
    #[error("the database cannot grow: the disk is full or a quota is reached; free some space")]
    Full,
    /// Something unique is there already.
    #[error("{0} exists already")]
    Conflict(&'static str),
    /// A row does not hold what this version wrote.
    #[error("a stored {0} cannot be read; was the database edited or written by a newer version?")]
    Corrupt(&'static str),
    /// The database file cannot be made or opened.
    #[error(
        "the database file {path} cannot be opened: {cause}. Its directory must exist and be \
             writable by the user that runs doorward"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The database file is there and is not ours.
    #[error("{path} cannot be used as doorward's database: {cause}")]
    Opening {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Box<StoreError>,
    },
    /// The file holds something else.
    #[error("it is not a SQLite database, or it is damaged; restore it from a backup")]
    NotADatabase,
    /// The database URL cannot be read. The URL itself is not shown: it may hold a password.
    #[error("the database URL is not a PostgreSQL URL, such as postgres://user@host/name")]
    Url,
    /// The schema cannot be brought up to date.
    #[error("the database schema cannot be brought up to date: {0}")]
    Migration(&'static str),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] crate::base::RngFailed),
}

impl StoreError {
    pub(super) fn opening(path: &Path, cause: Self) -> Self {
        Self::Opening {
            path: path.into(),
            cause: Box::new(cause),
        }
    }

    pub(super) fn from_database(cause: &dyn sqlx::error::DatabaseError) -> Self {
        if cause.is_unique_violation() {
            return Self::Conflict("an entry of that name");
        }
        by_code(cause.code().as_deref())
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full)
    }
}

/// A fault of ours found within a change: takes the change back and reaches whoever asked for it.
pub(super) fn inside(error: StoreError) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what else the driver may say means the same to whoever asked"
)]
impl From<&sqlx::Error> for StoreError {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(cause) => Self::from_database(cause.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no connection was free in time"),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Self::Unavailable("it cannot be reached"),
            sqlx::Error::ColumnDecode { .. } => Self::Corrupt("row"),
            sqlx::Error::Decode(cause) => match cause.downcast_ref() {
                Some(Self::Corrupt(what)) => Self::Corrupt(what),
                Some(Self::Conflict(what)) => Self::Conflict(what),
                _ => Self::Corrupt("row"),
            },
            _ => Self::Unavailable("it did not answer as expected"),
        }
    }
}

/// `SQLite` result codes (primary in the low byte) and `PostgreSQL` error classes.
fn by_code(code: Option<&str>) -> StoreError {
    let code = code.unwrap_or_default();
    if let Some(primary) = code.parse::<i32>().ok().filter(|_| code.len() < 5) {
        return match primary & 0xff {
            5 | 6 => StoreError::Unavailable("another process holds its lock"),
            8 => StoreError::Unavailable("the file or its directory is read-only"),
            10 => StoreError::Unavailable("the disk reports an error"),
            13 => StoreError::Full,
            11 | 26 => StoreError::NotADatabase,
            14 => StoreError::Unavailable("the file cannot be opened"),
            _ => StoreError::Unavailable("it refused a statement"),
        };
    }
    match code.get(..2).unwrap_or_default() {
        "53" if code == "53100" => StoreError::Full,
        "28" => StoreError::Unavailable("it refuses our credentials"),
        "3D" => StoreError::Unavailable("there is no database of that name"),
        "53" => StoreError::Unavailable("it has no connections or memory left"),
        "57" => StoreError::Unavailable("it is shutting down"),
        _ => StoreError::Unavailable("it refused a statement"),
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from(&error)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what else the driver may say means the same to whoever asked"
)]
impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                Self::Migration("a newer version of doorward has written it")
            }
            MigrateError::VersionMismatch(_) => Self::Migration("its history was changed"),
            _ => Self::Migration("it refused a statement"),
        }
    }
}
