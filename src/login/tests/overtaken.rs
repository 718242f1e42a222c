//! Sign-ins that were right when they began, and are not when they end.

use std::time::Duration;

use http::StatusCode;

use super::{House, PASSWORD};
use crate::base::{OpaqueHash, RequestId, Secret};
use crate::flow::OwnPath;
use crate::login::device::Device;
use crate::login::enter::{Entry, enter};
use crate::login::method::password::{self, Attempt, Outcome};
use crate::model::{PasswordCredential, Proven};
use crate::web::{Inbound, Visitor};

fn inbound() -> Inbound {
    Inbound {
        request_id: RequestId::new("req-1"),
        client: [192, 0, 2, 1].into(),
        host: super::house::HOST.into(),
        https: true,
        user_agent: "Firefox".into(),
    }
}

async fn attempt(house: &House) -> Outcome {
    let password = Secret::new(PASSWORD.to_owned());
    let attempt = Attempt {
        inbound: &inbound(),
        device: &Device::default(),
        typed: "ada",
    };
    attempt.with(&house.state, password).await.unwrap()
}

async fn enters(house: &House, proven: &Proven) -> bool {
    let entry = Entry {
        proven,
        method: password::NAME,
        before: &Visitor(None),
        device: &Device::default(),
        resume: &OwnPath::root(),
    };
    let entered = enter(&house.state, &inbound(), entry).await.unwrap();
    entered.is_some_and(|entered| entered.status() == StatusCode::SEE_OTHER)
}

#[tokio::test]
async fn a_password_that_was_right_before_it_was_reset_lets_nobody_in() {
    let house = House::new().await;
    let Outcome::Proven(proven) = attempt(&house).await else {
        panic!("the password is right");
    };
    assert!(enters(&house, &proven).await);
    let link = OpaqueHash::from_bytes(&[1; 32]).unwrap();
    let expires = house.clock.now().plus(Duration::from_mins(1));
    let store = &house.state.store;
    store
        .reset_password(&house.ada.id, &link, expires)
        .await
        .unwrap();
    assert!(!enters(&house, &proven).await);
    assert!(house.sessions_of(&house.ada).await.is_empty());
    let trail = house.audit.lock();
    assert_eq!(trail.last().unwrap().reason, "changed_meanwhile");
}

#[tokio::test]
async fn a_person_who_was_disabled_and_enabled_meanwhile_signs_in_anew() {
    let house = House::new().await;
    let Outcome::Proven(proven) = attempt(&house).await else {
        panic!("the password is right");
    };
    for disabled in [true, false] {
        let change = move |user: &mut crate::model::User| user.disabled = disabled;
        let changed = house.state.store.change_user(&house.ada.id, change);
        changed.await.unwrap();
        assert!(!enters(&house, &proven).await);
    }
    house.signed_in("ada").await;
}

#[tokio::test]
async fn a_hash_made_anew_while_signing_in_does_not_get_in_the_way() {
    let house = House::new().await;
    // The reference implementation's own vector, of weaker parameters.
    let outdated = PasswordCredential {
        user: house.ada.id.clone(),
        phc: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
              CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            .to_owned(),
        changed: house.clock.now(),
        must_change: false,
    };
    let store = &house.state.store;
    store.put_password(&outdated).await.unwrap();
    let mut browser = house.browser();
    let answer = browser.sign_in("/login", "ada", "password").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let stored = store.load_password(&house.ada.id).await.unwrap().unwrap();
    assert!(stored.phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}
