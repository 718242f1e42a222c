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

#[tokio::test]
async fn a_request_from_elsewhere_is_told_so_before_anybody_signs_in() {
    let house = house(
        "allow = [\"authenticated\"]\nrequire = { ip = [\"10.0.0.0/8\"] }\ntell = \"Use the VPN.\"",
    );
    let page = house.get("app.test", "/", &["Accept: text/html"]);
    assert_eq!(page.status, 403);
    let text = page.text();
    for word in ["not_from_here", "Use the VPN.", "network you are in"] {
        assert!(text.contains(word), "{text}");
    }
    // Nobody is signed in, and signing in would not help.
    assert!(!text.contains("switch-account"), "{text}");
    let told = house.get("app.test", "/", &[]);
    assert_eq!(told.status, 403);
    assert!(told.text().contains("\"reason\":\"not_from_here\""));
    assert!(told.text().contains("\"tell\":\"Use the VPN.\""));
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn what_the_request_must_be_like_holds_for_whoever_sends_it() {
    let house = house(
        "allow = [\"anyone\"]\nrequire = { ip = [\"127.0.0.0/8\"], methods = [\"GET\"], \
         header = { X-Edge = \"blue\" } }",
    );
    let edge = "X-Edge: blue";
    assert_eq!(house.get("app.test", "/", &[edge]).status, 200);
    for lines in [
        &["X-Edge: Blue"][..],
        &[],
        &[edge, edge],
        // From a client that is no trusted proxy it says nothing.
        &["X-Forwarded-For: 127.0.0.1", "X-Edge: red"],
    ] {
        let answer = house.kept_out("app.test", "/", lines);
        assert!(answer.text().contains("header_missing"), "{lines:?}");
    }
    house.upstream.forget();
    let head = "POST / HTTP/1.1\r\nHost: app.test\r\nX-Edge: blue\r\nContent-Length: 0\r\n\
                Connection: close\r\n\r\n";
    let answer = house.send(head.as_bytes());
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("method_not_allowed"));
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn a_stale_sign_in_is_renewed_and_leads_back_to_the_same_address() {
    let house = house("allow = [\"authenticated\"]\nrequire = { fresh = \"5s\" }");
    let (_, password) = super::PEOPLE[0];
    let mut browser = crate::support::Browser::new(&house.server);
    let url = house.server.url_at("app.test", "/deep?q=1");
    let page = browser.sign_in(&url, "ada", password).await;
    assert_eq!((page.status, page.url.path()), (200, "/deep"));
    let line = cookie(&browser.cookies("app.test").unwrap());
    let api = wait_for(|| house.get("app.test", "/deep?q=1", &[&line]), 401).await;
    let challenge = api.headers.first("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer error=\"insufficient_user_authentication\""),
        "{challenge}"
    );
    assert!(challenge.ends_with("max_age=\"5\""), "{challenge}");
    let page = browser.open(&url).await;
    assert_eq!(page.url.path(), "/login", "{}", page.body);
    assert!(page.body.contains("id=\"login-fresh\""), "{}", page.body);
    assert!(page.body.contains("the last 5 seconds"), "{}", page.body);
    let page = browser.sign_in_at(&page, "ada", password).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!((page.url.path(), page.url.query()), ("/deep", Some("q=1")));
}

#[tokio::test]
async fn a_form_that_is_sent_too_late_is_answered_by_a_page_that_leads_on() {
    let house = house("allow = [\"authenticated\"]\nrequire = { session_age = \"5s\" }");
    let session = house.signed_in("app.test", "ada").await;
    let lines = format!(
        "{}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        cookie(&session)
    );
    let head = format!(
        "POST /save HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\n{lines}Connection: \
         close\r\n\r\na=b"
    );
    let answer = wait_for(|| house.send(head.as_bytes()), 401).await;
    let text = answer.text();
    assert!(text.contains("/login/route?start="), "{text}");
    assert!(
        answer
            .headers
            .first("www-authenticate")
            .unwrap()
            .contains("insufficient_user_authentication")
    );
}

#[tokio::test]
async fn what_no_sign_in_can_reach_is_a_page_for_people_and_a_challenge_for_programs() {
    let house = house("allow = [\"authenticated\"]\nrequire = { second_factor = true }");
    let mut browser = crate::support::Browser::new(&house.server);
    let (_, password) = super::PEOPLE[0];
    let page = browser
        .sign_in(house.server.url_at("app.test", "/"), "ada", password)
        .await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("too_weak"), "{}", page.body);
    let line = cookie(&browser.cookies("app.test").unwrap());
    let api = house.get("app.test", "/", &[&line]);
    assert_eq!(api.status, 401);
    let challenge = api.headers.first("www-authenticate").unwrap();
    assert!(challenge.contains("acr_values=\"2\""), "{challenge}");
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn a_rule_on_trial_is_logged_and_decides_nothing() {
    let house = house("allow = [\"anyone\"]\nshadow = { allow = [\"group:nobody\"] }");
    assert_eq!(house.get("app.test", "/", &[]).status, 200);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let said = "\"shadow.decision\":\"challenge\",\"shadow.reason\":\"login_needed\"";
    while !house.server.logs().contains(said) {
        assert!(
            std::time::Instant::now() < patience,
            "{}",
            house.server.logs()
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Asks until it is answered by `status`.
async fn wait_for(
    ask: impl Fn() -> crate::support::wire::Answer,
    status: u16,
) -> crate::support::wire::Answer {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let answer = ask();
        if answer.status == status {
            return answer;
        }
        assert!(
            std::time::Instant::now() < patience,
            "still {}",
            answer.status
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn whoever_was_away_for_too_long_signs_in_again_and_whoever_was_not_does_not() {
    let house = house("allow = [\"authenticated\"]\nrequire = { idle = \"3s\" }");
    let (_, password) = super::PEOPLE[0];
    let mut browser = crate::support::Browser::new(&house.server);
    let url = house.server.url_at("app.test", "/");
    let page = browser.sign_in(&url, "ada", password).await;
    assert_eq!(page.status, 200);
    // Longer than may be idle altogether, and never that long without a request.
    let since = std::time::Instant::now();
    while since.elapsed() < std::time::Duration::from_secs(5) {
        let page = browser.open(&url).await;
        assert_eq!((page.status, page.url.path()), (200, "/"), "{}", page.body);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let line = cookie(&browser.cookies("app.test").unwrap());
    let away = wait_for(|| house.get("app.test", "/", &[&line]), 401).await;
    assert!(
        away.headers
            .first("www-authenticate")
            .unwrap()
            .contains("max_age=\"3\"")
    );
    let page = browser.open(&url).await;
    assert_eq!(page.url.path(), "/login", "{}", page.body);
    let page = browser.sign_in_at(&page, "ada", password).await;
    assert_eq!(page.status, 200, "{}", page.body);
}
