//! `/login/link`: one-time links, and passwords that must be changed.

use std::time::Duration;

use futures::future::join_all;
use http::{Method, StatusCode};

use super::{House, PASSWORD};
use crate::model::PasswordCredential;

const HOUR: Duration = Duration::from_hours(1);
const NEW: &str = "quiet maple seventeen";

#[tokio::test]
async fn a_link_lets_a_person_choose_a_password_once_and_ends_older_sessions() {
    let house = House::new().await;
    let mut thief = house.signed_in("ada").await;
    let link = house.link(&house.ada, HOUR).await;
    let mut browser = house.browser();
    browser.send(Method::HEAD, &link, String::new()).await;
    browser.get(&link).await;
    let page = browser.get(&link).await;
    assert_eq!(page.status, StatusCode::OK, "looking uses nothing up");
    assert_eq!(page.text("#password-who"), "ada");
    let entered = browser.post(&link, &[("password", NEW)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert!(browser.is_in().await);
    assert!(!thief.is_in().await, "whoever had the old password is out");

    browser.get("/account").await;
    let again = browser.get(&link).await;
    assert_eq!(again.status, StatusCode::GONE);
    let mut other = house.browser();
    assert_eq!(
        other.sign_in("/login", "ada", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        other.sign_in("/login", "ada", NEW).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn of_many_who_send_one_link_at_once_one_gets_in() {
    let house = House::new().await;
    let link = house.link(&house.ada, HOUR).await;
    let tries = (0..8).map(async |_| {
        let mut browser = house.browser();
        browser.get(&link).await;
        browser.post(&link, &[("password", NEW)]).await.status
    });
    let answers = join_all(tries).await;
    let entered = answers
        .iter()
        .filter(|status| **status == StatusCode::SEE_OTHER);
    assert_eq!(entered.count(), 1, "{answers:?}");
    assert_eq!(house.sessions_of(&house.ada).await.len(), 1);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_uses_nothing_up() {
    let house = House::new().await;
    let link = house.link(&house.ada, HOUR).await;
    let mut browser = house.browser();
    browser.get(&link).await;
    for weak in ["", "short", "ADA@corp.test", &"x".repeat(1025)] {
        let answer = browser.post(&link, &[("password", weak)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
        assert!(answer.has("#password-page [role=alert][autofocus]"));
        assert!(
            !answer.body.contains("ADA@corp.test"),
            "a password is never shown"
        );
    }
    let entered = browser.post(&link, &[("password", NEW)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_that_is_old_misspelt_or_somebodys_who_is_disabled_says_the_same() {
    let house = House::new().await;
    let mut dora = house.add("dora", None).await;
    let disabled = house.link(&dora, HOUR).await;
    dora.disabled = true;
    house.state.store.update_user(&dora).await.unwrap();
    let old = house.link(&house.ada, Duration::from_mins(1)).await;
    let live = house.link(&house.ada, HOUR).await;
    house.clock.advance(Duration::from_mins(1));
    let mut browser = house.browser();
    let mut bodies = Vec::new();
    for path in [
        &*disabled,
        &*old,
        &live[..live.len() - 1],
        "/login/link",
        "/login/link?token=x",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::GONE, "{path}");
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(browser.get(&live).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_that_must_be_changed_lets_nobody_in_before_it_is() {
    let house = House::new().await;
    let store = &house.state.store;
    let stored = store.load_password(&house.ada.id).await.unwrap().unwrap();
    let expired = PasswordCredential {
        must_change: true,
        ..stored
    };
    store.put_password(&expired).await.unwrap();
    let asked = house.begin(|asked| asked.app = Some("Shop".into()));
    let mut browser = house.browser();
    let answer = browser.sign_in(&asked, "ada", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(house.sessions_of(&house.ada).await.is_empty());
    assert!(!browser.is_in().await);
    let change = answer.header("location").to_owned();
    browser.get(&change).await;
    let entered = browser.post(&change, &[("password", NEW)]).await;
    assert!(
        entered
            .header("location")
            .starts_with("/connect/authorize?")
    );
    assert!(browser.is_in().await);
}
