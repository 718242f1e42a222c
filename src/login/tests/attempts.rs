//! LGN rows of the wall.

use std::time::Duration;

use futures::future::join_all;
use http::{HeaderMap, StatusCode};

use super::{Answer, House, PASSWORD};

/// What an answer says, without the name that was typed and its length.
fn told(answer: &Answer, typed: &str) -> (StatusCode, HeaderMap, String) {
    let (mut headers, length) = (answer.headers.clone(), answer.header("content-length"));
    if length == answer.body.len().to_string() {
        headers.remove("content-length");
    }
    (answer.status, headers, answer.body.replace(typed, "NAME"))
}

async fn somebody_disabled(house: &House) {
    let mut user = house.add("dora", Some(PASSWORD)).await;
    user.disabled = true;
    assert!(house.state.store.update_user(&user).await.unwrap());
}

#[tokio::test]
async fn lgn_01_nobody_learns_who_exists() {
    let house = House::new().await;
    somebody_disabled(&house).await;
    house.add("nora", None).await;
    let mut browser = house.browser();
    browser.get("/login").await;
    let known = browser.type_in("/login", "ada", "wrong").await;
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(known.has("#login-page [role=alert][autofocus]"));
    assert!(known.cookies().is_empty());
    for (typed, password) in [
        ("zoe", "wrong"),
        ("dora", PASSWORD),
        ("dora", "wrong"),
        ("nora", ""),
        ("nora", "wrong"),
        ("no such name at all", "wrong"),
        ("ada", &*"x".repeat(2000)),
    ] {
        let password = if password.is_empty() {
            "$argon2id$"
        } else {
            password
        };
        let answer = browser.type_in("/login", typed, password).await;
        assert_eq!(told(&answer, typed), told(&known, "ada"), "{typed}");
    }
    assert!(house.sessions_of(&house.ada).await.is_empty());
    let reasons: Vec<_> = house.audit.lock().iter().map(|line| line.reason).collect();
    for reason in ["wrong_password", "unknown_user", "disabled"] {
        assert!(reasons.contains(&reason), "the trail knows: {reasons:?}");
    }
}

#[tokio::test]
async fn lgn_01_a_throttled_stranger_and_a_throttled_person_see_the_same() {
    let house = House::new().await;
    let mut answers = Vec::new();
    for typed in ["ada", "zoe"] {
        let mut browser = house.browser();
        browser.get("/login").await;
        for _ in 0..5 {
            browser.type_in("/login", typed, "wrong").await;
        }
        let answer = browser.type_in("/login", typed, "wrong").await;
        let token = browser.csrf.clone();
        let (status, headers, body) = told(&answer, typed);
        answers.push((status, headers, body.replace(&token, "TOKEN")));
    }
    assert_eq!(answers[0].0, StatusCode::TOO_MANY_REQUESTS);
    assert!(answers[0].1.contains_key("retry-after"));
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn lgn_03_every_way_to_write_a_name_has_one_counter() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    for typed in ["ada", "ADA", " ada ", "ada@corp.test", "\u{ff41}da"] {
        let answer = browser.type_in("/login", typed, "wrong").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }
    for typed in ["Ada", "ADA@CORP.TEST", "ada"] {
        let answer = browser.type_in("/login", typed, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{typed}");
        assert!(answer.has("#login-page [role=alert]"));
        assert_eq!(answer.attribute("#username", "value").unwrap(), typed);
    }
    let mut elsewhere = house.browser();
    elsewhere.from = "198.51.100.9".parse().unwrap();
    let entered = elsewhere.sign_in("/login", "ada", PASSWORD).await;
    assert_eq!(
        entered.status,
        StatusCode::SEE_OTHER,
        "a stranger locks nobody out"
    );

    let refused = browser.type_in("/login", "ada", PASSWORD).await;
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    house.clock.advance(Duration::from_secs(wait));
    let entered = browser.type_in("/login", "ada", PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "after the wait");
}

#[tokio::test]
async fn fwd_08_all_addresses_of_one_customer_are_one() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    for host in 1..=5 {
        browser.from = format!("2001:db8:1:2::{host}").parse().unwrap();
        let answer = browser.type_in("/login", "ada", "wrong").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for host in ["2001:db8:1:2:ffff::1", "2001:db8:1:2::77"] {
        browser.from = host.parse().unwrap();
        let answer = browser.type_in("/login", "ada", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{host}");
    }
    browser.from = "2001:db8:1:3::1".parse().unwrap();
    let answer = browser.type_in("/login", "ada", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "another customer");
}

/// Rows are made by attempts that are let through, which are few, and go when they say nothing.
#[tokio::test]
async fn dos_07_failed_sign_ins_leave_few_rows_and_those_are_collected() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    for at in 0..400 {
        let name = format!("nobody-{at}");
        browser.type_in("/login", &name, "wrong").await;
    }
    let store = &house.state.store;
    // Thirty are let through; each is counted by its name, there and anywhere.
    house.clock.advance(Duration::from_hours(30 * 24));
    let gone = store.sweep(house.clock.now()).await.unwrap();
    assert!(gone > 30, "they were counted: {gone}");
    assert!(gone < 200, "four hundred attempts left {gone} rows");
    assert_eq!(store.sweep(house.clock.now()).await.unwrap(), 0);
    house.signed_in("ada").await;
}

#[tokio::test]
async fn lgn_23_when_the_hashing_queue_is_full_the_rest_are_asked_to_come_back() {
    let house = House::without_limits(1).await;
    let attempts = (0..500).map(async |at| {
        let mut browser = house.browser();
        browser.get("/login").await;
        let name = if at % 2 == 0 {
            "ada".to_owned()
        } else {
            format!("nobody-{at}")
        };
        browser.type_in("/login", &name, "wrong").await
    });
    let answers = join_all(attempts).await;
    let of = |status| answers.iter().filter(move |answer| answer.status == status);
    let hashed = of(StatusCode::UNPROCESSABLE_ENTITY).count();
    let sent_back: Vec<_> = of(StatusCode::SERVICE_UNAVAILABLE).collect();
    assert!(hashed > 0 && !sent_back.is_empty(), "{hashed}");
    assert_eq!(hashed + sent_back.len(), 500);
    for answer in sent_back {
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert!(answer.has("#login-page [role=alert]"));
    }
    house.signed_in("ada").await;
}

#[tokio::test]
async fn an_empty_field_is_no_attempt() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    for (name, password) in [("", PASSWORD), ("ada", ""), ("  ", "x")] {
        let answer = browser.type_in("/login", name, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text("#login-error").contains("missing"));
    }
    assert!(house.audit.lock().is_empty());
}
