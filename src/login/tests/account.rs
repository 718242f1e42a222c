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
async fn out_08_nobody_sees_or_ends_somebody_elses_session() {
    let house = House::new().await;
    let bob = house.add("bob", Some(PASSWORD)).await;
    let mut bobs = house.signed_in("bob").await;
    let target = house.sessions_of(&bob).await[0].id.to_string();
    let mut ada = house.signed_in("ada").await;
    house.signed_in("ada").await;
    let page = ada.get("/account").await;
    assert!(!page.body.contains(&target));
    for cookie in ada.jar.values() {
        assert!(!page.body.contains(cookie), "the list shows a secret");
    }
    for guessed in [target.as_str(), "x", "' OR 1=1 --", &"a".repeat(4000)] {
        let answer = ada.post("/account/sessions", &[("session", guessed)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{guessed}");
    }
    assert!(bobs.is_in().await && ada.is_in().await);
    assert_eq!(house.sessions_of(&house.ada).await.len(), 2);

    // Her own, pressed twice, is no mistake.
    let page = ada.get("/account").await;
    let other = page.attribute("button[name=session]", "value").unwrap();
    for _ in 0..2 {
        let ended = ada.post("/account/sessions", &[("session", &other)]).await;
        assert_eq!(ended.header("location"), "/account");
    }
}

#[tokio::test]
async fn signing_out_here_loads_the_frames_of_apps_that_want_it() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    let session = house.sessions_of(&house.ada).await[0].id.clone();
    let (store, now) = (&house.state.store, house.clock.now());
    let framed = (&"main".into(), &"framed".into());
    assert!(store.note_client(&session, framed, now).await.unwrap());
    browser.get("/logout").await;
    let left = browser.post("/logout", &[]).await;
    let source = left.attribute("iframe", "src").unwrap();
    assert!(
        source.starts_with("https://framed.test/out?iss="),
        "{source}"
    );
    assert!(source.ends_with(&format!("&sid={session}")), "{source}");
    let policy = left.header("content-security-policy");
    assert!(
        policy.contains("; frame-src https://framed.test; "),
        "{policy}"
    );
    assert!(!browser.jar.contains_key("__Host-doorward"));
    let again = browser.post("/logout", &[]).await;
    assert!(!again.has("iframe"), "there is nobody to tell");
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
