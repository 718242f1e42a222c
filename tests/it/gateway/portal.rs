//! The page of apps that somebody may open.

use super::{House, PEOPLE, routes};
use crate::support::{Browser, Recorder, Setup};

#[tokio::test]
async fn people_see_the_apps_that_they_may_open_and_no_others() {
    let upstream = Recorder::start();
    let board = "[[route]]\nid = \"board\"\nmatch = { host = \"board.test\" }\nallow = \
                 [\"user:bob\"]\nredirect = { to = \"https://else.test/\" }\nportal = { name = \
                 \"The <board>\", about = \"For Bob.\" }\n";
    let file = routes(&upstream.url()) + board;
    let house = House {
        server: Setup::plain().with(&file).ada_and_bob().start(),
        upstream,
    };
    let page = house.server.url("/account/apps");
    let mut shown = Vec::new();
    for (name, password) in PEOPLE {
        let mut browser = Browser::new(&house.server);
        let seen = browser.sign_in(&page, name, password).await;
        assert_eq!(
            (seen.status, seen.url.path()),
            (200, "/account/apps"),
            "{}",
            seen.body
        );
        assert_eq!(seen.text_of("apps-username").as_deref(), Some(name));
        shown.push(seen);
    }
    let (ada, bob) = (&shown[0], &shown[1]);
    for (app, of_ada, of_bob) in [
        ("app.test", true, true),
        ("open.test", true, true),
        ("secret.test", true, false),
        ("board.test", false, true),
    ] {
        let link = format!("href=\"{}\"", house.server.url_at(app, "/"));
        assert_eq!(ada.body.contains(&link), of_ada, "{app}: {}", ada.body);
        assert_eq!(bob.body.contains(&link), of_bob, "{app}: {}", bob.body);
    }
    let text = bob.text();
    assert!(text.contains("The <board> For Bob."), "{text}");
    // What is below another route's host, or is not GET, has no line of its own.
    assert!(!text.contains("admin"), "{text}");
    house.upstream.saw_nothing();
}
