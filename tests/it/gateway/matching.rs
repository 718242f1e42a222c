//! Which route takes a request, beyond host, path and method: wildcard hosts, expressions, headers.

use super::PEOPLE;
use crate::support::{Browser, Recorder, Setup, wire};

fn route(id: &str, matches: &str, allow: &str, upstream: &Recorder) -> String {
    format!(
        "[[route]]\nid = \"{id}\"\nmatch = {{ {matches} }}\nallow = [\"{allow}\"]\nupstream = \
         \"{}\"\nidentity = {{ preset = \"none\", decision = true }}\n",
        upstream.url()
    )
}

#[tokio::test]
async fn every_host_of_a_wildcard_has_a_sign_in_of_its_own() {
    let upstream = Recorder::start();
    let routes = [
        route("each", "host = \"*.apps.test\"", "authenticated", &upstream),
        route("one", "host = \"one.apps.test\"", "group:nobody", &upstream),
    ];
    let server = Setup::plain().with(&routes.concat()).ada_and_bob().start();
    let mut browser = Browser::new(&server);
    let (name, password) = PEOPLE[0];
    let page = browser
        .sign_in(server.url_at("two.apps.test", "/deep?x=1"), name, password)
        .await;
    assert_eq!(page.url.host_str(), Some("two.apps.test"), "{}", page.body);
    assert_eq!((page.status, page.url.path()), (200, "/deep"));
    assert_eq!(
        upstream.last().headers.first("doorward-route").unwrap(),
        "each"
    );
    let two = browser.cookies("two.apps.test").unwrap();

    // The next host of the wildcard is signed in at once, by a cookie of its own.
    let page = browser.open(server.url_at("three.apps.test", "/")).await;
    assert_eq!(
        (page.status, page.url.host_str()),
        (200, Some("three.apps.test"))
    );
    let cookie = format!("Cookie: {two}");
    let get = |host: &str, line: &str| {
        let request =
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n{line}\r\nConnection: close\r\n\r\n");
        wire::exchange(server.port(), request.as_bytes()).unwrap()
    };
    assert_eq!(get("two.apps.test", &cookie).status, 200);
    assert_eq!(get("three.apps.test", &cookie).status, 401);

    // An exact host beats the wildcard; no other number of labels is taken.
    let page = browser.open(server.url_at("one.apps.test", "/")).await;
    assert_eq!(page.status, 403);
    for host in ["apps.test", "a.two.apps.test"] {
        assert_eq!(get(host, &cookie).status, 421, "{host}");
    }
}

#[test]
fn expressions_and_headers_choose_the_route_whatever_the_spelling() {
    let upstream = Recorder::start();
    let host = "host = \"app.test\"";
    let routes = [
        route(
            "reports",
            &format!("{host}, path_regex = \"/[a-z]+/report(/.*)?\""),
            "group:admin",
            &upstream,
        ),
        route("rest", host, "anyone", &upstream),
        route(
            "api",
            &format!("{host}, path = \"/api\", headers = {{ X-Api = \"2\" }}"),
            "anyone",
            &upstream,
        ),
    ];
    let server = Setup::plain().with(&routes.concat()).start();
    let send = |target: &str, lines: &str| {
        upstream.forget();
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: app.test\r\n{lines}Connection: close\r\n\r\n");
        let status = wire::exchange(server.port(), request.as_bytes())
            .unwrap()
            .status;
        let seen = upstream.requests().pop();
        let route = seen.and_then(|seen| seen.headers.first("doorward-route"));
        (status, route.unwrap_or_default())
    };
    let to = |status: u16, route: &str| (status, route.to_owned());
    for guarded in [
        "/x/report",
        "/x/report/",
        "/x/report/1",
        "/%78/r%65port?a=b",
    ] {
        assert_eq!(send(guarded, ""), to(401, ""), "{guarded}");
    }
    for twin in ["/x/Report", "/x/report.", "/X/report/1", "/x/report/%FF"] {
        assert_eq!(send(twin, ""), to(400, ""), "{twin}");
    }
    assert_eq!(send("/x/reports", ""), to(200, "rest"));
    assert_eq!(send("/api/x", "x-api: 2\r\n"), to(200, "api"));
    for other in [
        "",
        "X-Api: 1\r\n",
        "X-Api: 2\r\nX-Api: 1\r\n",
        "X_Api: 2\r\n",
    ] {
        assert_eq!(send("/api/x", other), to(404, ""), "{other}");
    }
}
