//! No page of ours can be put into a frame, whoever writes it: the site or the gateway.

use super::{House, cookie};
use crate::support::oidc::SHOP;
use crate::support::wire::Answer;
use crate::support::{Recorder, Setup, ports};

#[track_caller]
fn refuses_frames(what: &str, answer: &Answer) {
    let policies = answer.headers.all("content-security-policy");
    assert_eq!(policies.len(), 1, "{what}: {answer:?}");
    assert!(
        policies[0]
            .split(';')
            .any(|rule| rule.trim() == "frame-ancestors 'none'"),
        "{what}: {policies:?}"
    );
    assert_eq!(answer.headers.all("x-frame-options"), ["DENY"], "{what}");
}

#[tokio::test]
async fn web_04_no_page_of_ours_can_be_framed() {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .with(SHOP)
        .with(&super::routes(&upstream.url()))
        .with(&format!(
            "[[route]]\nid = \"down\"\nmatch = {{ host = \"down.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"http://127.0.0.1:{}\"]\n",
            ports::free()
        ))
        .ada_and_bob()
        .start();
    let house = House { server, upstream };
    let app = cookie(&house.signed_in("app.test", "bob").await);
    let mut browser = crate::support::Browser::new(&house.server);
    let page = browser.open(house.server.url("/login")).await;
    browser
        .sign_in_at(&page, "bob", crate::support::server::BOB)
        .await;
    let site = cookie(&browser.cookies("localhost").unwrap());
    for (host, target, session, status, mark) in [
        ("localhost", "/login", "", 200, "login-page"),
        ("localhost", "/logout", "", 200, "logged-out"),
        ("localhost", "/logout", &site, 200, "logout-confirm-page"),
        ("localhost", "/account", &site, 200, "account-page"),
        ("localhost", "/device", "", 404, "error-page"),
        ("localhost", "/nothing-here", "", 404, "error-page"),
        ("localhost", "/login/route?start=x", "", 400, "error-page"),
        (
            "localhost",
            "/production/oidc/connect/authorize",
            "",
            400,
            "error-page",
        ),
        ("app.test", "/_doorward/callback", "", 400, "error-page"),
        ("app.test", "/_doorward/signed-out", "", 200, "logged-out"),
        ("app.test", "/admin/x", &app, 403, "denied-page"),
        ("app.test", "/../x", "", 400, "error-page"),
        ("nobody.test", "/", "", 421, "error-page"),
        ("down.test", "/", "", 502, "error-page"),
    ] {
        let mut lines = vec!["Accept: text/html", "Sec-Fetch-Mode: navigate"];
        lines.extend((!session.is_empty()).then_some(session));
        let answer = house.get(host, target, &lines);
        let what = format!("{host}{target}");
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert!(
            answer.text().contains(&format!("id=\"{mark}\"")),
            "{what} has no {mark}: {}",
            answer.text()
        );
        refuses_frames(&what, &answer);
    }
    house.upstream.saw_nothing();
}
