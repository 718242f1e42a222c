//! Addresses that try to lead a sign-in somewhere else, and forms sent where there is no session.

use super::{House, PEOPLE};
use crate::support::Browser;
use crate::support::browser::redirect_of;

/// The value of one parameter of a URL, changed in its middle.
fn tampered(url: &url::Url, name: &str) -> url::Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = changed.query_pairs_mut();
    query.clear();
    for (key, value) in pairs {
        let middle = value.len() / 2;
        let other = if value.as_bytes()[middle] == b'A' {
            "B"
        } else {
            "A"
        };
        let value = if key == name {
            format!("{}{other}{}", &value[..middle], &value[middle + 1..])
        } else {
            value
        };
        query.append_pair(&key, &value);
    }
    drop(query);
    changed
}

#[tokio::test]
async fn web_10_hosts_match_whole_and_a_changed_way_back_is_refused() {
    let house = House::start();
    for host in [
        "evilapp.test",
        "app.test.evil.test",
        "xapp.test",
        "app.test.",
    ] {
        let answer = house.get(host, "/", &["Accept: text/html"]);
        let away = answer.headers.first("location").unwrap_or_default();
        assert!(!away.contains("evil"), "{host}: {away}");
        assert_ne!(answer.status, 200, "{host}");
    }
    house.upstream.saw_nothing();
    // The way to the sign-in and back is sealed: whatever is changed in it is noticed.
    let mut browser = Browser::new(&house.server);
    let mut page = browser
        .open_once(house.server.url_at("app.test", "/a"))
        .await;
    let mut sealed = 0;
    while let Some(next) = redirect_of(&page) {
        let names: Vec<String> = next
            .query_pairs()
            .map(|(key, _)| key.into_owned())
            .collect();
        for name in names {
            let mut stranger = Browser::new(&house.server);
            let broken = stranger.open_once(tampered(&next, &name)).await;
            assert!(
                (400..500).contains(&broken.status),
                "{name}: {}",
                broken.status
            );
            sealed += 1;
        }
        page = browser.open_once(next).await;
    }
    page.must_have("login-page");
    assert!(sealed >= 2, "{sealed}");
}

#[tokio::test]
async fn web_11_a_form_without_a_session_is_bounded_kept_out_and_sent_nowhere() {
    let house = House::start();
    let post = |target: &str, lines: &str, body: &str| {
        house.send(
            format!(
                "POST {target} HTTP/1.1\r\nHost: app.test\r\n{lines}Content-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\nAccept: text/html\r\n";
    for (target, lines, body) in [
        ("/save", form, "secret=velvet"),
        ("/save", form, ""),
        ("/save", "Accept: text/html\r\n", "secret=velvet"),
        ("/save?q='%22%27", form, "secret=velvet"),
        (
            "/save",
            "Content-Type: application/json\r\n",
            "{\"secret\":\"velvet\"}",
        ),
    ] {
        let answer = post(target, lines, body);
        assert!(
            matches!(answer.status, 303 | 401 | 403),
            "{target} {}",
            answer.status
        );
        assert!(!answer.text().contains("velvet"), "{target}");
        let away = answer.headers.first("location").unwrap_or_default();
        assert!(!away.contains("velvet"), "{away}");
    }
    let large = "x".repeat(10 << 20);
    // The answer may come before all of it was sent: then the connection is cut.
    let head = format!(
        "POST /save HTTP/1.1\r\nHost: app.test\r\n{form}Content-Length: {}\r\n\r\n{}",
        large.len(),
        &large[..4096]
    );
    let answer = house.send(head.as_bytes());
    assert!(
        matches!(answer.status, 303 | 401 | 403 | 413),
        "{}",
        answer.status
    );
    house.upstream.saw_nothing();
    // And the sign-in page itself reads no more of a form than it needs.
    let site = house.server.url("/login");
    let answer = posted(&house, &site, &large);
    assert!(matches!(answer, 403 | 413), "{answer}");
    let session = house.signed_in("app.test", PEOPLE[0].0).await;
    assert!(!session.is_empty(), "nothing of it broke the service");
}

/// The status of a form of this size posted to the site's own page.
fn posted(house: &House, url: &str, body: &str) -> u16 {
    let url = url::Url::parse(url).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{}",
        url.path(),
        url.host_str().unwrap(),
        url.port_or_known_default().unwrap(),
        body.len(),
        &body[..4096]
    );
    house.send(head.as_bytes()).status
}
