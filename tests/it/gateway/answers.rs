//! What somebody gets who may not pass, or who is not known yet.

use http::{HeaderMap, Method};

use super::House;
use crate::support::server::BOB;
use crate::support::{Browser, Recorder, Setup};

#[tokio::test]
async fn a_navigation_is_sent_to_sign_in_and_comes_back_to_where_it_wanted_to_go() {
    let house = House::start();
    let mut browser = Browser::new(&house.server);
    let page = browser
        .sign_in(house.server.url_at("app.test", "/a/b?c=d"), "bob", BOB)
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(page.url.path(), "/a/b");
    assert_eq!(house.upstream.last().target, "/a/b?c=d");
}

#[tokio::test]
async fn everything_but_a_navigation_gets_401_in_json() {
    let house = House::start();
    let mut browser = Browser::new(&house.server);
    let url = house.server.url_at("app.test", "/api");
    let page = browser.fetch(Method::GET, &url, &HeaderMap::new()).await;
    assert_eq!(page.status, 401);
    assert_eq!(page.json()["error"], "login_required");
    for lines in [
        &["Accept: text/html", "X-Requested-With: XMLHttpRequest"][..],
        &["Accept: text/html", "Sec-Fetch-Mode: cors"],
        &["Accept: text/html", "Sec-Fetch-Dest: iframe"],
        &["Accept: */*"],
        &["User-Agent: git/2.39"],
    ] {
        let answer = house.get("app.test", "/", lines);
        assert_eq!(answer.status, 401, "{lines:?}");
        assert!(answer.headers.first("www-authenticate").is_some());
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn somebody_who_may_not_gets_a_page_that_says_why() {
    let house = House::start();
    let mut browser = Browser::new(&house.server);
    browser
        .sign_in(house.server.url_at("app.test", "/"), "bob", BOB)
        .await;
    house.upstream.forget();
    let page = browser
        .open(house.server.url_at("app.test", "/admin/x"))
        .await;
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("bob") && page.body.contains("admin"),
        "{}",
        page.body
    );
    page.must_have("request-id");
    let denied = browser
        .fetch(
            Method::GET,
            house.server.url_at("app.test", "/admin/x"),
            &HeaderMap::new(),
        )
        .await;
    assert_eq!(
        (denied.status, denied.json()["reason"].as_str()),
        (403, Some("not_in_group"))
    );
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn no_answer_of_ours_names_what_it_is_made_of() {
    let house = House::start();
    for (host, target) in [
        ("app.test", "/"),
        ("app.test", "/../x"),
        ("nobody.test", "/"),
        ("localhost", "/nothing-here"),
        ("localhost", "/login"),
    ] {
        let answer = house.get(host, target, &[]);
        assert!(answer.headers.all("server").is_empty(), "{host}{target}");
        assert!(!answer.text().to_lowercase().contains("pingora"));
    }
}

#[tokio::test]
async fn an_address_with_a_broken_host_is_no_way_into_links() {
    let house = House::start();
    let answer = house.kept_out("evil.test", "/login", &["X-Forwarded-Host: evil.test"]);
    assert_eq!(answer.status, 421);
    let answer = house.get(
        "app.test",
        "/",
        &["Accept: text/html", "X-Forwarded-Host: evil.test"],
    );
    let location = answer.headers.first("location").unwrap();
    assert!(
        location.starts_with(&house.server.url("/login/route?start=")),
        "{location}"
    );
}

#[tokio::test]
async fn h2x_13_a_page_of_another_site_cannot_open_a_socket_with_somebodys_cookie() {
    let house = House::start();
    let session = super::cookie(&house.signed_in("app.test", "bob").await);
    let socket = ["Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    let evil = [
        socket[0],
        socket[1],
        session.as_str(),
        "Origin: https://evil.test",
    ];
    assert_eq!(house.kept_out("app.test", "/ws", &evil).status, 403);
    assert_eq!(house.kept_out("app.test", "/ws", &socket).status, 401);
}

#[tokio::test]
async fn the_redirect_listener_sends_everybody_to_https_and_only_to_hosts_that_are_served() {
    let upstream = Recorder::start();
    let port = crate::support::ports::free();
    let server = Setup::tls()
        .listen(&format!("http = \"127.0.0.1:{port}\""))
        .with(&super::routes(&upstream.url()))
        .start();
    let ask = |host: &str, line: &str| {
        let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        crate::support::wire::exchange(port, head.as_bytes()).unwrap()
    };
    let answer = ask("app.test", "GET /a?b");
    assert_eq!(answer.status, 301);
    assert_eq!(
        answer.headers.first("location"),
        Some(server.url_at("app.test", "/a?b"))
    );
    assert_eq!(ask("app.test", "POST /a").status, 308);
    assert_eq!(ask("evil.test", "GET /").status, 421);
    assert_eq!(ask("app.test", "GET /../").status, 400);
    upstream.saw_nothing();
}

#[tokio::test]
async fn the_site_asks_for_a_body_that_waits_to_be_asked_for() {
    use std::io::{Read as _, Write as _};
    let house = House::start();
    let mut stream = crate::support::wire::connect(house.server.port()).unwrap();
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100");
    stream.write_all(b"a=b").unwrap();
    let rest = crate::support::wire::read_answer(&mut stream);
    assert!(rest.is_some(), "an answer follows");
}

#[tokio::test]
async fn the_site_reads_no_more_than_a_form() {
    let house = House::start();
    let answer =
        house.send(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\nx");
    assert_eq!(answer.status, 413);
    assert_eq!(answer.headers.all("connection"), ["close"]);
}
