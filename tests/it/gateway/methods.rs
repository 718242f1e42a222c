//! Methods: the most specific host and path decides, and 405 is the answer for all that it does
//! not take.

use super::{House, cookie};
use crate::support::{Recorder, Setup};

/// The wall's fixture, where `/public/reports` is read by everybody signed in and written by admins.
fn house() -> House {
    let upstream = Recorder::start();
    let split = |id: &str, method: &str, allow: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"app.test\", path = \"/public/reports/\", \
             methods = [\"{method}\"] }}\nallow = [\"{allow}\"]\nupstream = [\"{}\"]\n",
            upstream.url()
        )
    };
    let routes = super::routes(&upstream.url())
        + &split("reads", "GET", "authenticated")
        + &split("writes", "PUT", "group:admin");
    let setup = Setup::plain().with(&routes).ada_and_bob();
    House {
        server: setup.start(),
        upstream,
    }
}

fn ask(house: &House, method: &str, lines: &str) -> crate::support::wire::Answer {
    let head = format!(
        "{method} /public/reports/1 HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n{lines}\
         Connection: close\r\n\r\n"
    );
    house.send(head.as_bytes())
}

#[tokio::test]
async fn a_method_that_is_not_taken_gets_405_and_never_the_weaker_route_around_it() {
    let house = house();
    for method in ["POST", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = ask(&house, method, "");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(
            answer.headers.first("allow"),
            Some("GET, PUT, HEAD".to_owned())
        );
        assert!(answer.text().contains("\"method_untaken\""));
    }
    let page = ask(&house, "POST", "Accept: text/html\r\n");
    assert_eq!(page.status, 405);
    assert!(page.headers.first("content-type").unwrap().contains("html"));
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn each_method_meets_the_rule_of_its_own_route() {
    let house = house();
    let session = house.signed_in("app.test", "bob").await;
    let line = format!("{}\r\n", cookie(&session));
    assert_eq!(ask(&house, "GET", &line).status, 200);
    assert_eq!(ask(&house, "PUT", &line).status, 403);
    assert_eq!(ask(&house, "GET", "").status, 401);
}
