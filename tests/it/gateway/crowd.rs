//! A thousand open connections, half of which lose their sessions at once.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};

use super::streams::{ask, open_socket, read_some, talkative, time_to_close};
use super::{House, cookie};
use crate::support::server::{ADA, BOB};
use crate::support::{Browser, wire};

/// Sessions, and what each has open of either kind.
const SESSIONS: usize = 10;
const EACH: usize = 50;
/// How soon after the answer that confirms the end of a session it has happened everywhere. This is
/// a promise to people, not a hope for a fast machine, so it is asserted: from the moment on at which
/// the last sign-out was answered, and not from its beginning.
const SOON: Duration = Duration::from_secs(1);

/// Here and in the server that is started from here.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

struct Visit {
    browser: Browser,
    sockets: Vec<TcpStream>,
    events: Vec<TcpStream>,
}

async fn visit(house: &House, number: usize) -> Visit {
    let (who, password) = if number.is_multiple_of(2) {
        ("ada", ADA)
    } else {
        ("bob", BOB)
    };
    let mut browser = Browser::new(&house.server);
    let start = house.server.url_at("app.test", "/");
    let page = browser.sign_in(start, who, password).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let session = cookie(&browser.cookies("app.test").unwrap());
    let sockets = (0..EACH).map(|_| open_socket(house, &session)).collect();
    let events = (0..EACH).map(|_| {
        let mut events = ask(house, &[&session, "Accept: text/event-stream"]);
        let mut seen = Vec::new();
        while wire::find(&seen, b"first").is_none() {
            seen.extend(read_some(&mut events));
        }
        events
    });
    Visit {
        sockets,
        events: events.collect(),
        browser,
    }
}

async fn sign_out(house: &House, visit: &mut Visit) {
    let door = house.server.url_at("app.test", "/_doorward/logout");
    let page = visit.browser.open(door).await;
    let form = page.form_of("logout-confirm");
    visit
        .browser
        .submit(&page, &form)
        .await
        .must_have("logged-out");
}

#[tokio::test]
async fn h2x_14_of_a_thousand_connections_those_of_ended_sessions_close_and_no_others() {
    raise_descriptor_limit();
    let house = House::before(talkative());
    let mut visits = Vec::new();
    for number in 0..SESSIONS {
        visits.push(visit(&house, number).await);
    }
    // Of each person some sessions end and some go on.
    let mut staying = visits.split_off(SESSIONS / 2);
    for visit in &mut visits {
        sign_out(&house, visit).await;
    }
    let since = Instant::now();
    let mut closed = 0;
    for visit in &mut visits {
        for stream in visit.sockets.iter_mut().chain(&mut visit.events) {
            time_to_close(stream);
            closed += 1;
        }
    }
    let took = since.elapsed();
    assert_eq!(closed, SESSIONS * EACH);
    println!("{closed} connections were closed {took:?} after the last sign-out was answered");
    assert!(took < SOON, "{took:?}");

    for visit in &mut staying {
        for socket in &mut visit.sockets {
            socket.write_all(b"still here").unwrap();
            assert_eq!(read_some(socket), b"still here");
        }
        for events in &mut visit.events {
            events.set_nonblocking(true).unwrap();
            let silence = events.read(&mut [0; 1]).unwrap_err();
            assert_eq!(silence.kind(), ErrorKind::WouldBlock);
        }
        let page = visit
            .browser
            .open(house.server.url_at("app.test", "/"))
            .await;
        assert_eq!(page.status, 200);
    }
}
