//! Rules over the wire: who passes, and what is said to those who do not.

use super::{House, cookie};
use crate::support::{Recorder, Setup};

/// One route at `app.test` with this rule.
fn house(rule: &str) -> House {
    let upstream = Recorder::start();
    let route = format!(
        "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nupstream = [\"{}\"]\n{rule}\n",
        upstream.url()
    );
    let setup = Setup::plain().with(&route).ada_and_bob();
    House {
        server: setup.start(),
        upstream,
    }
}

#[tokio::test]
async fn whoever_is_denied_is_kept_out_although_allow_lets_them_in() {
    let house = house("allow = [\"authenticated\"]\ndeny = [\"user:bob\"]");
    let ada = cookie(&house.signed_in("app.test", "ada").await);
    assert_eq!(house.get("app.test", "/", &[&ada]).status, 200);
    house.upstream.forget();
    let mut browser = crate::support::Browser::new(&house.server);
    let (_, password) = super::PEOPLE[1];
    let page = browser
        .sign_in(house.server.url_at("app.test", "/"), "bob", password)
        .await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("denied"), "{}", page.body);
    house.upstream.saw_nothing();
}
