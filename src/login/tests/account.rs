//! `/account` and `/logout`.

use http::StatusCode;

use super::{House, PASSWORD};
use crate::model::AuditKind;

#[tokio::test]
async fn signing_out_asks_first_then_ends_the_session_wherever_its_cookie_is() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    let mut copy = house.browser();
    copy.jar.clone_from(&browser.jar);
    let page = browser.get("/logout").await;
    assert!(page.has("#logout-confirm-page #logout-confirm"));
    assert!(copy.is_in().await);
    let left = browser.post("/logout", &[]).await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(left.has("#logged-out"));
    assert!(!browser.is_in().await);
    assert!(!copy.is_in().await);
    assert!(house.sessions_of(&house.ada).await.is_empty());
    let trail = house.audit.lock();
    assert_eq!(trail.last().unwrap().kind, AuditKind::Logout);
    assert_eq!(trail.last().unwrap().user.as_ref(), Some(&house.ada.id));
}

#[tokio::test]
async fn whoever_is_signed_out_is_told_so_and_may_press_the_button_again() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    browser.get("/logout").await;
    browser.post("/logout", &[]).await;
    assert!(browser.post("/logout", &[]).await.has("#logged-out"));
    assert!(browser.get("/logout").await.has("#logged-out"));
}

#[tokio::test]
async fn another_browsers_session_can_be_ended_from_the_list() {
    let house = House::new().await;
    let mut here = house.signed_in("ada").await;
    let mut there = house.signed_in("ada").await;
    let page = here.get("/account").await;
    assert!(page.text("#account-page").contains("Firefox on Linux"));
    assert!(page.text(".badge").contains("this browser"));
    let other = page.attribute("button[name=session]", "value").unwrap();
    let ended = here.post("/account/sessions", &[("session", &other)]).await;
    assert_eq!(ended.header("location"), "/account");
    assert!(here.is_in().await);
    assert!(!there.is_in().await);
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let house = House::new().await;
    let bob = house.add("bob", Some(PASSWORD)).await;
    let mut bobs = house.signed_in("bob").await;
    let target = house.sessions_of(&bob).await[0].id.to_string();
    let mut ada = house.signed_in("ada").await;
    house.signed_in("ada").await;
    ada.get("/account").await;
    ada.post("/account/sessions", &[("session", &target)]).await;
    assert!(bobs.is_in().await);
}

#[tokio::test]
async fn the_account_of_nobody_is_the_sign_in_page_and_back() {
    let house = House::new().await;
    let mut browser = house.browser();
    let answer = browser.get("/account").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let login = answer.header("location").to_owned();
    let entered = browser.sign_in(&login, "ada@corp.test", PASSWORD).await;
    assert_eq!(entered.header("location"), "/account");
    assert_eq!(
        browser.get("/account").await.text("#account-username"),
        "ada"
    );
}

#[tokio::test]
async fn a_person_who_is_disabled_is_out_at_once() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    let mut ada = house.ada.clone();
    ada.disabled = true;
    house.state.store.update_user(&ada).await.unwrap();
    assert!(!browser.is_in().await);
}
