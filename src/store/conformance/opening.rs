//! What a database file that cannot be used is told to be, in words an operator can act on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sqlx::{Connection, Executor, SqliteConnection};

use super::World;
use crate::base::{Clock, Rng};
use crate::store::{Database, MasterKeySource, Store, StoreError, StoreSettings};

async fn open(path: &Path) -> Result<Store, StoreError> {
    let settings = StoreSettings {
        database: Database::Sqlite(path.to_owned()),
        key: MasterKeySource::Ephemeral,
    };
    Store::open(&settings, Clock::system(), Rng::system()).await
}

async fn refused(path: &Path, parts: &[&str]) {
    let said = open(path).await.unwrap_err().to_string();
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[tokio::test]
async fn a_missing_directory_is_named_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("missing/doorward.db");
    let name = path.to_str().unwrap();
    refused(&path, &[name, "No such file", "directory must exist"]).await;
}

#[tokio::test]
async fn a_file_of_something_else_is_named_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let list = "milk and eggs\n".repeat(1000);
    fs::write(&path, &list).unwrap();
    let name = path.to_str().unwrap();
    refused(&path, &[name, "not a SQLite database", "backup"]).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), list);
}

#[tokio::test]
async fn a_new_file_is_readable_by_its_owner_only() {
    let world = World::file().await;
    for entry in fs::read_dir(world.dir()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
}

/// On a thread that is an ordinary user's: nothing is read-only to root.
#[test]
fn a_file_that_may_not_be_written_is_named_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o555)).unwrap();
    let try_it = move || {
        if rustix::process::geteuid().is_root() {
            let nobody = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_uid(nobody).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let name = path.to_str().unwrap();
        runtime.block_on(refused(&path, &[name, "Permission denied", "writable"]));
    };
    let tried = std::thread::spawn(try_it).join();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    tried.unwrap();
}

#[tokio::test]
async fn a_file_that_another_process_has_to_itself_is_named_as_locked() {
    let world = World::file().await;
    let path = world.dir().join("doorward.db");
    let other = world.dir().join("other.db");
    fs::copy(&path, &other).unwrap();
    let url = format!("sqlite:{}", other.display());
    let mut holder = SqliteConnection::connect(&url).await.unwrap();
    holder
        .execute("PRAGMA locking_mode = EXCLUSIVE")
        .await
        .unwrap();
    holder.execute("BEGIN EXCLUSIVE").await.unwrap();
    let name = other.to_str().unwrap();
    refused(&other, &[name, "another process holds its lock"]).await;
    holder.execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_database_url_that_cannot_be_used_is_not_repeated() {
    for (url, said) in [
        (
            "mysql://doorward:hunter2@127.0.0.1/x",
            "not a PostgreSQL URL",
        ),
        (
            "postgres://doorward:hunter2@127.0.0.1:1/x",
            "cannot be reached",
        ),
    ] {
        let settings = StoreSettings {
            database: Database::Postgres(crate::base::Secret::new(url.to_owned())),
            key: MasterKeySource::Ephemeral,
        };
        let refused = Store::open(&settings, Clock::system(), Rng::system()).await;
        let refused = refused.unwrap_err();
        let text = format!("{refused} {refused:?}");
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
