//! A process that is killed (SIGKILL) in the middle of writing to a SQLite file: what it answered is
//! there, and every change is there whole or not at all.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use sqlx::{Connection, SqliteConnection};

use super::World;
use crate::base::{GrantId, SessionId};
use crate::model::EventKey;
use crate::store::Database;

/// Names the file to the process that is to be killed.
const FILE: &str = "DOORWARD_TEST_KILLED_FILE";

/// Not a test of its own: what runs in the process that is killed. It never ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in the process that the next test kills"]
async fn works_until_it_is_killed() {
    let Ok(path) = std::env::var(FILE) else {
        return;
    };
    let world = World::on(Database::Sqlite(path.into())).await;
    let ada = &world.user(&format!("ada-{}", std::process::id())).await;
    let worker = async |_| {
        loop {
            let session = world.session(ada).await;
            let grant = world.grant(session.id.as_str(), ada, Some(&session));
            world.redeem(&grant).await;
            let ended = world.store.end_session(&session.id, world.now()).await;
            assert!(ended.unwrap());
            println!("\nended {}", session.id);
        }
    };
    futures::future::join_all((0..8).map(worker)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_what_was_answered_is_there_and_everything_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("doorward.db");
    let mut answered = HashSet::new();
    for round in 1..=4 {
        let killed_after = answered.len() + 10 * round;
        work_until_killed(&path, killed_after, &mut answered);
        check(&path, &answered).await;
    }
}

/// Adds what the process answered, to its last word.
fn work_until_killed(path: &Path, killed_after: usize, answered: &mut HashSet<SessionId>) {
    let name = concat!(module_path!(), "::works_until_it_is_killed");
    let name = name.split_once("::").unwrap().1;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut alive = true;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(id) = line.strip_prefix("ended ") {
            answered.insert(SessionId::new(id));
        }
        if alive && answered.len() >= killed_after {
            child.kill().unwrap();
            alive = false;
        }
    }
    let status = child.wait().unwrap();
    assert!(!alive, "it ended by itself: {status}");
}

async fn check(path: &Path, answered: &HashSet<SessionId>) {
    let world = World::on(Database::Sqlite(path.to_owned())).await;
    let events = world
        .store
        .events_since(&[].into(), world.now())
        .await
        .unwrap();
    let announced: HashSet<_> = events.into_iter().map(|event| event.key).collect();
    let ada = world.user(&format!("after-{}", answered.len())).await;
    let (mut open, mut ended) = (0, 0);
    for id in sessions(path).await {
        let session = world.store.load_session(&id).await.unwrap().unwrap();
        let grant = GrantId::new(id.as_str());
        let revoked = world.store.load_grant(&grant).await.unwrap();
        let revoked = revoked.is_some_and(|grant| grant.revoked.is_some());
        let told = [
            EventKey::Session(id.clone()),
            EventKey::Grant(grant.clone()),
        ]
        .map(|key| announced.contains(&key));
        if session.ended.is_some() {
            assert_eq!(
                (revoked, told),
                (true, [true, true]),
                "half of an end: {id}"
            );
            ended += 1;
        } else {
            assert_eq!(
                (revoked, told),
                (false, [false, false]),
                "half of an end: {id}"
            );
            assert!(!answered.contains(&id), "an answered end was lost: {id}");
            open += 1;
        }
    }
    println!("{} answered, {ended} ended, {open} open", answered.len());
    assert!(ended >= answered.len(), "an answered session was lost");
    // It goes on where it was.
    let session = world.session(&ada).await;
    let grant = world.grant(session.id.as_str(), &ada, Some(&session));
    world.redeem(&grant).await;
    let ended = world.store.end_session(&session.id, world.now()).await;
    assert!(ended.unwrap());
}

/// Every session there is, after the engine's own check of the file.
async fn sessions(path: &Path) -> Vec<SessionId> {
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(verdict, "ok");
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM sessions")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    ids.into_iter().map(SessionId::from).collect()
}
