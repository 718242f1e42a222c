//! Forms that are sent with a session that is over, or too old for the route: kept, and given back
//! to whoever sent them.

use std::collections::BTreeMap;

use super::{House, PEOPLE};
use crate::support::page::{Form, Page};
use crate::support::{Browser, Recorder, Setup};

fn house(rule: &str) -> House {
    let upstream = Recorder::start();
    let route = format!(
        "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nupstream = \
         [\"{}\"]\nallow = [\"authenticated\"]\n{rule}\n",
        upstream.url()
    );
    House {
        server: Setup::plain().with(&route).ada_and_bob().start(),
        upstream,
    }
}

/// What ada typed.
fn typed(house: &House) -> Form {
    let fields = [
        ("text", "first line\r\nsecond & <b>\"é\""),
        ("token", "t+1"),
    ];
    Form {
        action: house
            .server
            .url_at("app.test", "/save?draft=1")
            .parse()
            .unwrap(),
        post: true,
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    }
}

async fn sign_in(house: &House, who: usize) -> (Browser, Page) {
    let mut browser = Browser::new(&house.server);
    let (name, password) = PEOPLE[who];
    let url = house.server.url_at("app.test", "/edit");
    let page = browser.sign_in(&url, name, password).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (browser, page)
}

async fn sign_out(house: &House, browser: &mut Browser) {
    let door = house.server.url_at("app.test", "/_doorward/logout");
    let page = browser.open(door).await;
    let form = page.form_of("logout-confirm");
    assert_eq!(browser.submit(&page, &form).await.status, 200);
}

fn arrived(house: &House) -> BTreeMap<String, String> {
    let request = house.upstream.last();
    assert!(request.contains("POST /save?draft=1 HTTP/1.1"));
    form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test]
async fn a_form_that_is_sent_after_the_session_ended_is_given_back_after_signing_in() {
    let house = house("");
    let (mut browser, edit) = sign_in(&house, 0).await;
    sign_out(&house, &mut browser).await;
    house.upstream.forget();
    let typed = typed(&house);
    let first = browser.submit_once(&edit, &typed).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let login = browser.follow(first).await;
    assert_eq!(login.url.path(), "/login", "{}", login.body);
    let (name, password) = PEOPLE[0];
    let page = browser.sign_in_at(&login, name, password).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.must_have("late-form-page");
    house.upstream.saw_nothing();
    let form = page.form_of("late-form-send");
    assert_eq!(form.action.as_str(), typed.action.as_str());
    assert_eq!(browser.submit(&page, &form).await.status, 200);
    assert_eq!(arrived(&house), typed.fields);
}

#[tokio::test]
async fn a_form_that_takes_a_newer_sign_in_is_given_back_after_it() {
    let house = house("require = { fresh = \"5s\" }");
    let (mut browser, edit) = sign_in(&house, 0).await;
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let login = loop {
        let answer = browser.submit(&edit, &typed(&house)).await;
        if answer.url.path() == "/login" {
            break answer;
        }
        assert!(std::time::Instant::now() < patience, "{}", answer.body);
    };
    house.upstream.forget();
    let (name, password) = PEOPLE[0];
    let page = browser.sign_in_at(&login, name, password).await;
    let form = page.form_of("late-form-send");
    assert_eq!(browser.submit(&page, &form).await.status, 200);
    assert_eq!(arrived(&house), typed(&house).fields);
}

#[tokio::test]
async fn nobody_else_gets_a_form_back() {
    let house = house("");
    let (mut browser, edit) = sign_in(&house, 0).await;
    sign_out(&house, &mut browser).await;
    let first = browser.submit_once(&edit, &typed(&house)).await;
    let login = browser.follow(first).await;
    let (name, password) = PEOPLE[1];
    let page = browser.sign_in_at(&login, name, password).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(!page.body.contains("first line"), "{}", page.body);
    // Its address is worth nothing in another browser either.
    let (mut other, _) = sign_in(&house, 1).await;
    let seen = other.open(page.url.as_str()).await;
    assert_eq!(seen.status, 403);
    let stranger = Browser::new(&house.server).open(page.url.as_str()).await;
    assert_eq!(stranger.url.path(), "/login", "{}", stranger.body);
}

#[tokio::test]
async fn what_another_site_sends_is_not_kept() {
    let house = house("");
    let (mut browser, mut edit) = sign_in(&house, 0).await;
    sign_out(&house, &mut browser).await;
    edit.url = "http://evil.test/".parse().unwrap();
    let answer = browser.submit_once(&edit, &typed(&house)).await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(answer.body.contains("not passed on"), "{}", answer.body);
    assert!(!answer.body.contains("first line"), "{}", answer.body);
}

#[tokio::test]
async fn what_strangers_send_and_what_is_too_long_is_not_kept() {
    let house = house("");
    let (mut browser, edit) = sign_in(&house, 0).await;
    sign_out(&house, &mut browser).await;
    let mut long = typed(&house);
    long.fields.insert("more".to_owned(), "x".repeat(64 * 1024));
    for (browser, form) in [
        (&mut Browser::new(&house.server), typed(&house)),
        (&mut browser, long),
    ] {
        let answer = browser.submit_once(&edit, &form).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        assert!(
            answer.body.contains("/login/route?start="),
            "{}",
            answer.body
        );
    }
}
