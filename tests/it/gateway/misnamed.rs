//! Names and addresses that a client makes up: links lead nowhere but to the configured site, and
//! no header gives a guesser a new beginning.

use super::{House, PEOPLE};
use crate::support::oidc::SHOP;
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Recorder, Setup};

const EVIL: &str = "evil.test";

fn site() -> House {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .with(SHOP)
        .with(&super::routes(&upstream.url()))
        .ada_and_bob()
        .start();
    House { server, upstream }
}

#[track_caller]
fn names_nobody_else(what: &str, answer: &Answer) {
    let whole = String::from_utf8_lossy(&answer.raw).to_lowercase();
    assert!(!whole.contains(EVIL), "{what}: {whole}");
}

#[test]
fn fwd_06_links_issuer_and_redirects_come_from_the_file_whatever_host_a_request_names() {
    let house = site();
    let page = ["Accept: text/html", "Sec-Fetch-Mode: navigate"];
    let link = house.server.cli(&["user", "reset", "bob"], "");
    let doors = [
        "/login",
        "/login/link?token=dw_sl_x",
        "/logout",
        "/account",
        "/production/oidc/.well-known/openid-configuration",
        "/production/oidc/connect/authorize?client_id=shop",
        "/production/oidc/connect/token",
        "/_doorward/me",
    ];
    for door in doors {
        for host in [EVIL, "localhost.evil.test", "EVIL.TEST", "evil.test:443"] {
            let answer = house.get(host, door, &page);
            assert_eq!(answer.status, 421, "{host}{door}: {}", answer.text());
        }
        let plain = house.get("localhost", door, &page);
        for lie in [
            "X-Forwarded-Host: evil.test",
            "X-Host: evil.test",
            "X-Original-Host: evil.test",
            "Forwarded: host=evil.test;proto=https",
            "X-Forwarded-Server: evil.test",
            "X-Forwarded-Prefix: //evil.test",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Port: 666",
        ] {
            let answer = house.get("localhost", door, &[&page[..], &[lie]].concat());
            assert_eq!(answer.status, plain.status, "{lie} {door}");
            names_nobody_else(lie, &answer);
            for location in answer.headers.all("location") {
                let ours = location.starts_with('/') || location.starts_with(&house.server.url(""));
                assert!(ours, "{lie} {door}: {location}");
            }
        }
    }
    // At a route the way to the sign-in page is the site's own, too.
    let lies = [
        &page[..],
        &["X-Forwarded-Host: evil.test", "X-Forwarded-Proto: https"],
    ]
    .concat();
    let answer = house.get("app.test", "/x", &lies);
    assert_eq!(answer.status, 302);
    names_nobody_else("a sign-in", &answer);
    let location = answer.headers.first("location").unwrap();
    assert!(location.starts_with(&house.server.url("/")), "{location}");
    // Links that are sent are made where no request is.
    let sent = format!("{}{}", link.stdout, link.stderr);
    assert!(sent.contains(&house.server.url("/login/link")), "{link:?}");
}

#[tokio::test]
async fn fwd_08_a_guesser_who_makes_up_addresses_is_one_guesser() {
    let house = site();
    let mut browser = Browser::new(&house.server);
    let page = browser.open(house.server.url("/login")).await;
    let form = page.form_of("login-submit");
    let cookies = browser.cookies("localhost").unwrap();
    let attempt = |n: usize, password: &str| {
        let form = form
            .clone()
            .fill("username", "bob")
            .fill("password", password);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        let head = format!(
            "POST /login HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n\
             Sec-Fetch-Site: same-origin\r\nCookie: {cookies}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             X-Forwarded-For: 203.0.113.{n}, 198.51.100.{n}\r\nX-Real-IP: 203.0.113.{n}\r\n\
             True-Client-IP: 203.0.113.{n}\r\nCF-Connecting-IP: 203.0.113.{n}\r\n\
             Forwarded: for=203.0.113.{n}\r\nX-Client-IP: 2001:db8::{n}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len(),
            port = house.server.port(),
        );
        wire::exchange(house.server.port(), head.as_bytes())
            .unwrap()
            .status
    };
    let statuses: Vec<u16> = (0..8).map(|n| attempt(n, "wrong")).collect();
    assert_eq!(statuses[0], 422, "{statuses:?}");
    assert_eq!(statuses[7], 429, "{statuses:?}");
    // Not even what is right is tried any more.
    assert_eq!(attempt(99, PEOPLE[1].1), 429);
}
