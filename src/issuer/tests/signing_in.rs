//! `/connect/authorize`: whether somebody is here, and as freshly as the client asks.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};

use super::browser::Browser;
use super::world::*;

#[tokio::test]
async fn somebody_who_is_not_here_signs_in_first_and_comes_back() {
    let world = world().await;
    let mut browser = world.browser();
    let answer = browser.authorize("c1", &[("login_hint", "alice")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(
        answer.location().starts_with("/login?i="),
        "{}",
        answer.location()
    );
    let resume = resume_of(&mut browser, &[]).await;
    browser.sign_in("alice").await;
    let sent = browser.get(&resume).await;
    assert!(sent.sent_to(C1_CB).contains_key("code"));
}

#[tokio::test]
async fn a_resumed_request_is_ours_whole_and_an_hour_old_at_most() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let resume = resume_of(&mut browser, &[]).await;
    browser
        .get(&resume[..resume.len() - 1])
        .await
        .assert_local();
    browser
        .get(&resume.replace(PROD, BETA))
        .await
        .assert_local();
    browser
        .get(&format!("{PROD}/connect/authorize/resume"))
        .await
        .assert_local();
    world.clock.advance(Duration::from_secs(3601));
    browser.get(&resume).await.assert_local();
}

#[tokio::test]
async fn somebody_who_turns_back_sends_the_client_a_no() {
    let world = world().await;
    let mut browser = world.browser();
    let resume = resume_of(&mut browser, &[]).await;
    let answer = browser.get(&format!("{resume}&cancel=1")).await;
    let sent = answer.sent_to(C1_CB);
    assert_eq!(
        (&*sent["error"], &*sent["state"]),
        ("access_denied", "st-1")
    );
}

#[tokio::test]
async fn auz_26_prompt_none_shows_nothing() {
    let world = world().await;
    let mut nobody = world.browser();
    let answer = nobody.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(answer.error(), "login_required");
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[("prompt", "none")]).await;
    assert!(answer.sent_to(C1_CB).contains_key("code"));
    world.clock.advance(Duration::from_mins(1));
    for more in [("max_age", "59"), ("max_age", "0")] {
        let answer = browser.authorize("c1", &[("prompt", "none"), more]).await;
        assert_eq!(answer.error(), "login_required", "{more:?}");
    }
}

#[tokio::test]
async fn auz_26_prompt_login_and_a_passed_max_age_ask_again_and_only_a_new_login_satisfies_them() {
    let world = world().await;
    for more in [
        ("prompt", "login"),
        ("prompt", "select_account"),
        ("max_age", "59"),
        ("max_age", "0"),
    ] {
        let mut browser = world.signed_in("alice").await;
        world.clock.advance(Duration::from_mins(1));
        let answer = browser.authorize("c1", &[more]).await;
        assert!(answer.location().starts_with("/login?i="), "{more:?}");
        let resume = resume_of(&mut browser, &[more]).await;
        // Coming back without having signed in is no way around.
        let again = browser.get(&resume).await;
        assert!(again.location().starts_with("/login?i="), "{more:?}");
        world.clock.advance(Duration::from_secs(5));
        browser.sign_in("alice").await;
        let answer = browser.get(&resume).await;
        assert!(answer.sent_to(C1_CB).contains_key("code"), "{more:?}");
    }
}

#[tokio::test]
async fn a_max_age_that_is_kept_asks_nobody() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    world.clock.advance(Duration::from_mins(1));
    let answer = browser.authorize("c1", &[("max_age", "60")]).await;
    assert!(answer.sent_to(C1_CB).contains_key("code"));
}

#[tokio::test]
async fn auz_30_a_hint_never_signs_in_and_never_chooses_silently() {
    let world = world().await;
    let alices = world.tokens_for("alice", "c1").await;
    let hint = alices["id_token"].as_str().unwrap();
    let other_client = world.tokens_for("alice", "c2").await;

    let mut alice = world.signed_in("alice").await;
    let silent = |hint| [("prompt", "none"), ("id_token_hint", hint)];
    let answer = alice.authorize("c1", &silent(hint)).await;
    assert!(answer.sent_to(C1_CB).contains_key("code"));
    let others = other_client["id_token"].as_str().unwrap();
    assert_eq!(
        alice.authorize("c1", &silent(others)).await.error(),
        "invalid_request"
    );
    let access = alices["access_token"].as_str().unwrap();
    assert_eq!(
        alice.authorize("c1", &silent(access)).await.error(),
        "invalid_request"
    );

    assert_eq!(
        world.browser().authorize("c1", &silent(hint)).await.error(),
        "login_required"
    );
    let mut bob = world.signed_in("bob").await;
    assert_eq!(
        bob.authorize("c1", &silent(hint)).await.error(),
        "login_required"
    );

    // With pages allowed bob is asked to sign in; as bob again, the client is told.
    world.clock.advance(Duration::from_secs(1));
    let hinted = [("id_token_hint", hint)];
    let answer = bob.authorize("c1", &hinted).await;
    assert!(answer.location().starts_with("/login?i="));
    let resume = resume_of(&mut bob, &hinted).await;
    bob.sign_in("bob").await;
    assert_eq!(bob.get(&resume).await.error(), "login_required");
    bob.sign_in("alice").await;
    assert!(bob.get(&resume).await.sent_to(C1_CB).contains_key("code"));
}

#[tokio::test]
async fn a_person_who_was_disabled_is_not_here() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let mut alice = world
        .store
        .load_user(&"u-alice".into())
        .await
        .unwrap()
        .unwrap();
    alice.disabled = true;
    world.store.update_user(&alice).await.unwrap();
    let answer = browser.authorize("c1", &[]).await;
    assert!(answer.location().starts_with("/login?i="));
    assert_eq!(
        browser.authorize("c1", &[("prompt", "none")]).await.error(),
        "login_required"
    );
}

#[tokio::test]
async fn a_session_that_has_ended_is_nobody() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    assert_eq!(
        browser.authorize("c1", &[("prompt", "none")]).await.error(),
        "login_required"
    );
}

/// The sealed address under which a request of `c1` goes on: posted requests are redirected to it.
async fn resume_of(browser: &mut Browser<'_>, more: &[(&str, &str)]) -> String {
    let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
    let answer = browser.send(post, request("c1", more)).await;
    answer.location().to_owned()
}
