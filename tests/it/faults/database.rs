//! A database that somebody else holds locked: who is signed in goes on, who wants to sign in is
//! told to try again, and nothing has to be restarted.

use http::header;
use sqlx::{Connection, Executor, SqliteConnection};

use super::guarded;
use crate::support::{
    Browser, Doorward, Recorder,
    server::{ADA, BOB},
};

async fn lock(server: &Doorward) -> SqliteConnection {
    let url = format!("sqlite:{}", server.dir().join("doorward.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    connection
}

#[tokio::test]
async fn while_the_database_is_locked_people_go_on_and_newcomers_are_told_to_try_again() {
    let upstream = Recorder::start();
    let server = guarded(&upstream.url()).start();
    let mut ada = Browser::new(&server);
    ada.sign_in(server.url("/app/"), "ada", ADA).await;

    let mut holder = lock(&server).await;
    let page = ada.open(server.url("/app/")).await;
    assert_eq!(page.status, 200, "who is signed in goes on:\n{}", page.body);

    let mut bob = Browser::new(&server);
    let page = bob.sign_in(server.url("/app/"), "bob", BOB).await;
    assert_eq!(page.status, 503, "{}", page.body);
    page.must_have("error-page");
    assert!(page.headers.contains_key(header::RETRY_AFTER));

    holder.execute("ROLLBACK").await.unwrap();
    let page = bob.sign_in(server.url("/app/"), "bob", BOB).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        upstream.last().headers.first("remote-user").as_deref(),
        Some("bob")
    );
}
