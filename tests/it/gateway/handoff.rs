//! The code that brings a sign-in to a protected host: for one browser, once.

use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::{House, PEOPLE};
use crate::support::Browser;
use crate::support::browser::redirect_of;
use crate::support::page::Page;

/// A browser that signed in at the site and was sent to the protected host, where it has not been
/// yet; and the address it was sent to.
async fn on_the_way(house: &House, target: &str) -> (Browser, Url) {
    let mut browser = Browser::new(&house.server);
    let page = browser.open(house.server.url_at("app.test", target)).await;
    page.must_have("login-page");
    let (name, password) = PEOPLE[1];
    let form = page.form_of("login-submit");
    let form = form.fill("username", name).fill("password", password);
    let mut page = browser.submit_once(&page, &form).await;
    for _ in 0..10 {
        let next = redirect_of(&page).expect("a way to the app");
        if next.path() == "/_doorward/callback" {
            return (browser, next);
        }
        page = browser.open_once(next).await;
    }
    panic!("no way to the app");
}

fn sets_a_session(page: &Page) -> bool {
    let lines = page.headers.get_all(header::SET_COOKIE).iter();
    let mut names = lines.map(|line| line.to_str().unwrap().split('=').next().unwrap());
    names.any(|name| name == "__Host-doorward")
}

#[tokio::test]
async fn a_code_that_another_browser_has_shown_is_spent() {
    let house = House::start();
    let (mut browser, callback) = on_the_way(&house, "/a?b=c").await;
    let mut thief = Browser::new(&house.server);
    let page = thief.open_once(&callback).await;
    assert_eq!(page.status, 400);
    page.must_have("error-page");
    assert!(!sets_a_session(&page));

    let page = browser.open_once(&callback).await;
    assert_eq!(page.status, 400);
    assert!(!sets_a_session(&page));
    // The way on leads to where the person wanted to go, and begins anew.
    assert!(page.body.contains("href=\"/a?b=c\""), "{}", page.body);
    let page = browser
        .open(house.server.url_at("app.test", "/a?b=c"))
        .await;
    assert_eq!((page.status, page.url.query()), (200, Some("b=c")));
}

#[tokio::test]
async fn a_code_that_came_without_a_cookie_or_with_head_is_spent_too() {
    let house = House::start();
    let (mut browser, callback) = on_the_way(&house, "/").await;
    let mut scanner = Browser::new(&house.server);
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    let seen = scanner
        .send(Method::HEAD, callback.clone(), None, &headers)
        .await;
    assert_eq!(seen.status, 400);
    assert!(!sets_a_session(&browser.open_once(&callback).await));
}

#[tokio::test]
async fn the_code_is_gone_from_the_address_once_it_is_redeemed() {
    let house = House::start();
    let (mut browser, callback) = on_the_way(&house, "/a").await;
    let page = browser.open_once(&callback).await;
    assert!(sets_a_session(&page));
    assert_eq!(page.headers[header::LOCATION], "/a");
    // The page is loaded again: nothing is missing, so nothing is said.
    let again = browser.open_once(&callback).await;
    assert_eq!(
        (again.status, &again.headers[header::LOCATION]),
        (303, &HeaderValue::from_static("/a"))
    );
    assert!(!sets_a_session(&again));
}
