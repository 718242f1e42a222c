//! Files that are wrong or missing: it does not start, says why, and leaves everything as it was.

use std::fs;

use super::guarded;
use crate::support::{Browser, Recorder, server::ADA};

#[test]
fn a_bad_file_does_not_start_and_every_mistake_is_told_at_once() {
    let setup = crate::support::Setup::plain().with(
        "[[route]]\nid = \"wiki\"\nmatch = { host = \"wiki.test\" }\nupstream = [\"http://127.0.0.1:1\"]\n\
         [sesion]\nidle = \"8h\"\n",
    );
    let file = setup.write();
    let said = crate::support::command::run(setup.dir(), &["run", "-c", "doorward.toml"], "");
    assert_eq!(said.code, Some(78), "{}", said.stderr);
    let told = format!("{}{}", said.stdout, said.stderr);
    for part in ["doorward.toml:", "allow", "sesion", "session"] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert!(
        !setup.dir().join("doorward.db").exists(),
        "it made a database before it knew"
    );
    assert!(file.exists());
}

#[tokio::test]
async fn without_its_master_key_it_does_not_start_and_makes_no_other() {
    let upstream = Recorder::start();
    let mut server = guarded(&upstream.url()).start();
    let key = server.dir().join("master.key");
    let kept = server.dir().join("kept.key");
    server.stop();

    fs::rename(&key, &kept).unwrap();
    server.launch(&mut |_| {});
    assert_eq!(server.ended(), Some(78), "{}", server.logs());
    assert!(server.logs().contains("master.key"), "{}", server.logs());
    assert!(
        !key.exists(),
        "a new key would make everything sealed unreadable for ever"
    );

    fs::rename(&kept, &key).unwrap();
    server.start_again();
    let mut browser = Browser::new(&server);
    browser.sign_in(server.url("/app/"), "ada", ADA).await;
    assert_eq!(
        upstream.last().headers.first("remote-user").as_deref(),
        Some("ada")
    );
}

#[test]
fn another_installations_master_key_is_recognised_and_refused() {
    let mut server = guarded("http://127.0.0.1:1").start();
    server.stop();
    let other = guarded("http://127.0.0.1:1").start();
    fs::copy(
        other.dir().join("master.key"),
        server.dir().join("master.key"),
    )
    .unwrap();
    server.launch(&mut |_| {});
    assert_eq!(server.ended(), Some(78), "{}", server.logs());
    assert!(server.logs().contains("master.key"), "{}", server.logs());
}

#[test]
fn a_database_that_is_no_database_is_named_and_left_alone() {
    let setup = guarded("http://127.0.0.1:1");
    let mut server = setup.start();
    server.stop();
    let database = server.dir().join("doorward.db");
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(server.dir().join(format!("doorward.db{suffix}")));
    }
    fs::write(&database, "this was a shopping list\n".repeat(500)).unwrap();
    server.launch(&mut |_| {});
    assert_eq!(server.ended(), Some(69), "{}", server.logs());
    assert!(server.logs().contains("doorward.db"), "{}", server.logs());
    assert!(
        fs::read_to_string(&database)
            .unwrap()
            .starts_with("this was a shopping list")
    );
}
