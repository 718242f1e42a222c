//! What every engine must do, said once and run on each: SQLite in memory, SQLite in a file, and
//! PostgreSQL when `DOORWARD_TEST_POSTGRES` holds the URL of one (`tests/postgres start`).

mod acme;
mod app_credentials;
mod clients;
mod devices;
mod durability;
mod faults;
mod feed;
mod grants;
mod keys;
mod late_forms;
mod limits;
mod links;
mod logouts;
mod opening;
mod people;
mod registered;
mod sessions;
mod standing;
mod together;
mod world;

pub(crate) use faults::Locked;
pub(super) use world::World;

/// Runs each of the named tests, `async fn(&World)`, on every engine.
macro_rules! on_every_engine {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite_in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let world = crate::store::conformance::World::memory().await;
                super::$name(&world).await;
            })+
        }
        mod on_a_sqlite_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let world = crate::store::conformance::World::file().await;
                super::$name(&world).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(world) = crate::store::conformance::World::postgres().await else {
                    return;
                };
                super::$name(&world).await;
                world.drop_database().await;
            })+
        }
    };
}
use on_every_engine;
