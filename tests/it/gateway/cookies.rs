//! Every cookie that is set, read off the wire.

use http::header::SET_COOKIE;

use super::House;
use crate::support::browser::redirect_of;
use crate::support::page::Page;
use crate::support::server::BOB;
use crate::support::wire;
use crate::support::{Browser, Recorder, Setup, command, wait_for};

fn set_by(page: &Page) -> Vec<String> {
    let lines = page.headers.get_all(SET_COOKIE).iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

/// Follows redirects one by one; gives the last page and every cookie on the way.
async fn walk(browser: &mut Browser, mut page: Page) -> (Page, Vec<String>) {
    let mut cookies = set_by(&page);
    while let Some(next) = redirect_of(&page) {
        page = browser.open_once(next).await;
        cookies.extend(set_by(&page));
    }
    (page, cookies)
}

#[track_caller]
fn is_bound(cookie: &str) {
    assert!(cookie.starts_with("__Host-doorward"), "{cookie}");
    let attributes: Vec<_> = cookie
        .split(';')
        .skip(1)
        .map(|attribute| attribute.trim().to_ascii_lowercase())
        .collect();
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    assert!(
        has("secure") && has("httponly") && has("path=/"),
        "{cookie}"
    );
    assert!(has("samesite=lax") || has("samesite=strict"), "{cookie}");
    assert!(
        !attributes.iter().any(|a| a.starts_with("domain")),
        "{cookie}"
    );
}

#[tokio::test]
async fn cks_01_every_cookie_on_the_way_is_bound_to_its_host() {
    for house in [House::start(), House::start_tls()] {
        let mut browser = Browser::new(&house.server);
        let page = browser
            .open_once(house.server.url_at("app.test", "/x"))
            .await;
        let (page, mut cookies) = walk(&mut browser, page).await;
        page.must_have("login-page");
        let form = page.form_of("login-submit");
        let form = form.fill("username", "bob").fill("password", BOB);
        let answer = browser.submit_once(&page, &form).await;
        let (page, more) = walk(&mut browser, answer).await;
        assert_eq!((page.status, page.url.path()), (200, "/x"));
        cookies.extend(more);
        let page = browser
            .open(house.server.url_at("app.test", "/_doorward/logout"))
            .await;
        let answer = browser
            .submit_once(&page, &page.form_of("logout-confirm"))
            .await;
        cookies.extend(walk(&mut browser, answer).await.1);

        let names: std::collections::BTreeSet<_> = cookies
            .iter()
            .map(|cookie| cookie.split('=').next().unwrap())
            .collect();
        // The session on both hosts, the browser's own, that by which it is known again and that
        // of the sign-in in progress.
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            [
                "__Host-doorward",
                "__Host-doorward-browser",
                "__Host-doorward-device",
                "__Host-doorward-start"
            ]
        );
        for cookie in &cookies {
            is_bound(cookie);
        }
    }
}

#[tokio::test]
async fn cks_15_an_answer_that_brings_a_new_session_cookie_is_kept_by_no_shared_cache() {
    let house = House::before(Recorder::scripted(|_, stream| {
        use std::io::Write as _;
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\
            Cache-Control: public, max-age=60\r\n\r\nok";
        stream.write_all(answer).is_ok()
    }));
    let session = super::cookie(&house.signed_in("app.test", "bob").await);
    let plain = house.get("app.test", "/", &[&session]);
    assert!(plain.headers.all("set-cookie").is_empty());
    assert_eq!(plain.headers.all("cache-control"), ["max-age=60, private"]);
    // Somebody who changed is looked up anew, and gets a new lease.
    let said = house
        .server
        .cli(&["user", "group", "add", "bob", "crew"], "");
    said.succeeded();
    let renewed = wait_for("a new lease", || {
        let answer = house.get("app.test", "/", &[&session]);
        (!answer.headers.all("set-cookie").is_empty()).then_some(answer)
    });
    assert_eq!(
        renewed.headers.all("cache-control"),
        ["max-age=60, private"]
    );
}

#[test]
fn cks_02_two_session_cookies_are_counted_and_write_no_line_of_their_own() {
    let house = House::start();
    let two = "Cookie: __Host-doorward=a; __Host-doorward=b";
    for _ in 0..3 {
        assert_eq!(house.kept_out("app.test", "/", &[two]).status, 401);
    }
    let counted = "doorward_decisions_total{decision=\"challenge\",reason=\"cookie_conflict\",\
                   route=\"app\"} 3";
    let metrics = wire::get(house.server.ops_port(), "/metrics").text();
    assert!(metrics.contains(counted), "{metrics}");
    let lines = wait_for("the requests' lines", || {
        let logs = house.server.logs();
        let lines = logs.lines().filter(|line| line.contains("cookie"));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        (lines.len() >= 3).then_some(lines)
    });
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in &lines {
        assert!(line.contains("\"reason\":\"cookie_conflict\""), "{line}");
    }
}

#[test]
fn cks_01_it_does_not_serve_plain_http_to_other_machines() {
    let setup = Setup::plain();
    let file = setup.write();
    let open = std::fs::read_to_string(&file)
        .unwrap()
        .replace("http = \"127.0.0.1:", "http = \"0.0.0.0:");
    std::fs::write(&file, open).unwrap();
    let said = command::run(setup.dir(), &["run", "-c", "doorward.toml"], "");
    assert_eq!(said.code, Some(78), "{said:?}");
    assert!(said.stderr.contains("tls"), "{said:?}");
}
