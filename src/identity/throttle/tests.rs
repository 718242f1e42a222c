//! Who may still try, and who may not.

use super::*;
use crate::base::Rng;
use crate::store::{Database, MasterKeySource, StoreSettings};

async fn throttle() -> (Throttle, Clock) {
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let settings = StoreSettings {
        database: Database::Memory,
        key: MasterKeySource::Ephemeral,
    };
    let store = Store::open(&settings, clock.clone(), Rng::system())
        .await
        .unwrap();
    (
        Throttle::new(store, clock.clone(), &IdentitySettings::default()),
        clock,
    )
}

fn account(name: &str) -> Account {
    Account::of(&Login::parse(name).unwrap(), None)
}

fn from(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn succeed(throttle: &Throttle, account: &Account, from: IpAddr) {
    let counted = throttle.before_attempt(account.clone(), from, None);
    throttle.succeeded(counted.await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn lgn_03_every_spelling_of_a_login_counts_as_one() {
    let (throttle, _) = throttle().await;
    for typed in ["alice", "ALICE", " alice", "ａlice", "Alice"] {
        throttle
            .before_attempt(account(typed), from("192.0.2.1"), None)
            .await
            .unwrap();
    }
    let sixth = throttle
        .before_attempt(account("alice"), from("192.0.2.1"), None)
        .await;
    assert!(
        matches!(sixth, Err(ThrottleError::TooMany { retry_after }) if retry_after.as_secs() <= 181)
    );
}

#[tokio::test]
async fn a_strangers_failures_do_not_lock_a_person_out() {
    let (throttle, clock) = throttle().await;
    let bob = account("bob");
    succeed(&throttle, &bob, from("198.51.100.7")).await;
    let mut refused = 0;
    for network in 0..200u8 {
        let stranger = from(&format!("2001:db8:0:{network:x}::1"));
        refused += u32::from(
            throttle
                .before_attempt(bob.clone(), stranger, None)
                .await
                .is_err(),
        );
    }
    assert!(refused > 50, "{refused}");
    throttle
        .before_attempt(bob.clone(), from("198.51.100.7"), None)
        .await
        .unwrap();
    clock.advance(Duration::from_hours(1));
    throttle
        .before_attempt(bob.clone(), from("203.0.113.9"), None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_network_stays_known_for_as_long_as_it_is_used() {
    let (throttle, clock) = throttle().await;
    let (bob, home) = (account("bob"), from("198.51.100.7"));
    succeed(&throttle, &bob, home).await;
    clock.advance(KNOWN / 2);
    succeed(&throttle, &bob, home).await;
    clock.advance(KNOWN / 2 + Duration::from_mins(1));
    for network in 0..200u8 {
        let stranger = from(&format!("2001:db8:0:{network:x}::1"));
        let _ = throttle.before_attempt(bob.clone(), stranger, None).await;
    }
    throttle
        .before_attempt(bob.clone(), home, None)
        .await
        .unwrap();
    let elsewhere = throttle
        .before_attempt(bob.clone(), from("203.0.113.9"), None)
        .await;
    assert!(elsewhere.is_err(), "the guesses were too few to tell");
}

#[tokio::test]
async fn lgn_03_user_name_and_address_of_one_person_are_one_account() {
    let (throttle, clock) = throttle().await;
    let now = clock.now();
    let alice = User {
        id: "u-1".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".to_owned(),
        name: String::new(),
        email: Some("alice@corp.test".to_owned()),
        email_verified: true,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    };
    throttle.store.insert_user(&alice, None).await.unwrap();
    let mut refused = 0;
    for typed in [
        "alice",
        "alice@corp.test",
        "ALICE",
        " Alice@Corp.test",
        "alice",
        "alice@corp.test",
    ] {
        let login = Login::parse(typed).unwrap();
        let user = throttle.store.find_user(&login).await.unwrap();
        assert_eq!(user.as_ref(), Some(&alice), "{typed}");
        let account = Account::of(&login, user.as_ref());
        let attempt = throttle
            .before_attempt(account.clone(), from("192.0.2.1"), None)
            .await;
        refused += u32::from(attempt.is_err());
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn one_subscriber_is_one_address_however_many_it_has() {
    let (throttle, _) = throttle().await;
    let mut passed = 0;
    for at in 0..60 {
        let address = from(&format!("2001:db8:1:1::{at:x}"));
        passed += i32::from(
            throttle
                .before_attempt(account(&format!("u{at}")), address, None)
                .await
                .is_ok(),
        );
    }
    assert_eq!(passed, 30);
    assert_eq!(network_of(from("::ffff:192.0.2.1")), "192.0.2.1");
}

#[tokio::test]
async fn an_office_behind_one_address_may_sign_in_as_often_as_it_likes() {
    let (throttle, _) = throttle().await;
    let office = from("198.51.100.7");
    for at in 0..200 {
        succeed(&throttle, &account(&format!("u{at}")), office).await;
    }
    let mut passed = 0;
    for at in 200..300 {
        let attempt = throttle.before_attempt(account(&format!("u{at}")), office, None);
        passed += u32::from(attempt.await.is_ok());
    }
    assert_eq!(passed, 30, "what fails is counted as before");
}

#[tokio::test]
async fn a_known_browser_is_counted_by_itself_and_no_oftener() {
    let (throttle, clock) = throttle().await;
    let (bob, home) = (account("bob"), from("198.51.100.7"));
    let attempt = async |device: Option<&str>| {
        let device = device.map(str::to_owned);
        throttle.before_attempt(bob.clone(), home, device).await
    };
    while attempt(None).await.is_ok() {}
    for _ in 0..5 {
        attempt(Some("d1")).await.unwrap();
    }
    assert!(attempt(Some("d1")).await.is_err());
    let counted = attempt(Some("d2")).await.unwrap();
    throttle.succeeded(counted).await.unwrap();
    assert!(attempt(None).await.is_err(), "the stranger still waits");
    clock.advance(Duration::from_hours(1));
    attempt(None).await.unwrap();
}

#[tokio::test]
async fn one_account_takes_few_of_the_hashing_threads_whoever_asks() {
    let (throttle, _) = throttle().await;
    let (ada, home) = (account("ada"), from("198.51.100.7"));
    let attempt = async |device: &str| {
        let device = Some(device.to_owned());
        throttle.before_attempt(ada.clone(), home, device).await
    };
    let mut under_way = Vec::new();
    for device in ["d1", "d2", "d3", "d4"] {
        under_way.push(attempt(device).await.unwrap());
    }
    let fifth = attempt("d5").await;
    assert!(
        matches!(fifth, Err(ThrottleError::Busy { retry_after }) if retry_after.as_secs() == 1)
    );
    let other = throttle.before_attempt(account("bob"), home, None).await;
    other.unwrap();
    under_way.pop();
    attempt("d5").await.unwrap();
}

#[tokio::test]
async fn what_was_right_or_never_tried_counts_for_nothing_anywhere() {
    let (throttle, _) = throttle().await;
    let bob = account("bob");
    for at in 0..200u8 {
        let network = from(&format!("2001:db8:0:{at:x}::1"));
        let counted = throttle.before_attempt(bob.clone(), network, None);
        let counted = counted.await.unwrap();
        if at % 2 == 0 {
            throttle.succeeded(counted).await.unwrap();
        } else {
            throttle.not_tried(counted).await.unwrap();
        }
    }
    for _ in 0..20 {
        let busy = throttle.before_attempt(bob.clone(), from("203.0.113.9"), None);
        throttle.not_tried(busy.await.unwrap()).await.unwrap();
    }
}
