//! The end of a session, as people bring it about: what hangs on it ends with it, and nothing else.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::streams::{ask, open_socket, read_some, talkative, time_to_close};
use super::{House, cookie};
use crate::support::server::BOB;
use crate::support::{Browser, wait_for, wire};

/// How soon after the answer that confirms the end it has happened everywhere.
const SOON: Duration = Duration::from_secs(1);

/// A browser in which Bob is signed in at the app, with a socket and a stream of events open.
struct Visit {
    browser: Browser,
    socket: TcpStream,
    events: TcpStream,
}

async fn visit(house: &House) -> Visit {
    let mut browser = Browser::new(&house.server);
    let page = browser
        .sign_in(house.server.url_at("app.test", "/"), "bob", BOB)
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    let session = cookie(&browser.cookies("app.test").unwrap());
    let mut events = ask(house, &[&session, "Accept: text/event-stream"]);
    let mut seen = Vec::new();
    while wire::find(&seen, b"first").is_none() {
        seen.extend(read_some(&mut events));
    }
    Visit {
        socket: open_socket(house, &session),
        events,
        browser,
    }
}

#[tokio::test]
async fn signing_out_ends_this_sessions_socket_and_events_and_nobody_elses() {
    let house = House::before(talkative());
    let mut mine = visit(&house).await;
    let mut other = visit(&house).await;

    let door = house.server.url_at("app.test", "/_doorward/logout");
    let page = mine.browser.open(door).await;
    // Asking is not doing.
    mine.socket.write_all(b"not yet").unwrap();
    assert_eq!(read_some(&mut mine.socket), b"not yet");
    let form = page.form_of("logout-confirm");
    let page = mine.browser.submit(&page, &form).await;
    page.must_have("logged-out");
    let since = Instant::now();
    time_to_close(&mut mine.socket);
    time_to_close(&mut mine.events);
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let page = mine
        .browser
        .open(house.server.url_at("app.test", "/"))
        .await;
    page.must_have("login-page");

    // The same person's other session goes on, the open connections too.
    other.socket.write_all(b"still here").unwrap();
    assert_eq!(read_some(&mut other.socket), b"still here");
    other.events.set_nonblocking(true).unwrap();
    let silence = std::io::Read::read(&mut other.events, &mut [0; 1]).unwrap_err();
    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
    let page = other
        .browser
        .open(house.server.url_at("app.test", "/"))
        .await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn events_over_http_2_end_with_the_session_and_the_connection_goes_on() {
    let upstream = talkative();
    let server = crate::support::Setup::tls()
        .with(&super::routes(&upstream.url()))
        .ada_and_bob()
        .start();
    let mut browser = Browser::http2(&server);
    browser
        .sign_in(server.url_at("app.test", "/"), "bob", BOB)
        .await;
    let session = browser.cookies("app.test").unwrap();
    let request = browser
        .client()
        .get(server.url_at("app.test", "/live"))
        .header("cookie", session)
        .header("accept", "text/event-stream");
    let mut events = request.send().await.unwrap();
    assert_eq!(events.version(), http::Version::HTTP_2);
    let first = events.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: first"), "{first:?}");

    let page = browser
        .open(server.url_at("app.test", "/_doorward/logout"))
        .await;
    let page = browser.submit(&page, &page.form_of("logout-confirm")).await;
    page.must_have("logged-out");
    let since = Instant::now();
    // Broken off, not ended: the app did not say that there is no more.
    assert!(events.chunk().await.is_err());
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let page = browser.open(server.url_at("open.test", "/")).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn somebody_who_is_disabled_beside_the_running_server_is_out_within_a_second() {
    let house = House::start();
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    let ada = cookie(&house.signed_in("app.test", "ada").await);
    // Known by heart: from here on nothing has to be read to let him in.
    assert_eq!(house.get("app.test", "/", &[&bob]).status, 200);

    house
        .server
        .cli(&["user", "disable", "bob"], "")
        .succeeded();
    let since = Instant::now();
    wait_for("the end of his session", || {
        (house.get("app.test", "/", &[&bob]).status != 200).then_some(())
    });
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    house.upstream.forget();
    assert_eq!(house.kept_out("app.test", "/", &[&bob]).status, 401);
    let mut browser = Browser::new(&house.server);
    let page = browser
        .sign_in(house.server.url_at("app.test", "/"), "bob", BOB)
        .await;
    page.must_have("login-page");
    house.upstream.saw_nothing();
    assert_eq!(house.get("app.test", "/", &[&ada]).status, 200);

    // Enabled again he may sign in again; the session of before stays ended.
    house.server.cli(&["user", "enable", "bob"], "").succeeded();
    house.signed_in("app.test", "bob").await;
    assert_eq!(house.kept_out("app.test", "/", &[&bob]).status, 401);
}
