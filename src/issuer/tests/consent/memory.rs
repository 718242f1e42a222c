//! Which answers are remembered, and for how long.

use super::*;

#[tokio::test]
async fn an_answer_is_remembered_until_more_is_asked_for() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    let sent = browser.press(&page, ALLOW).await;
    let sent = sent.sent_to("https://c1.test/cb?");
    assert_eq!(sent["state"], "st-1");
    assert_eq!(
        world.redeem("c1", &sent["code"]).await.status,
        StatusCode::OK
    );

    assert!(
        browser
            .authorize("c1", &[("scope", "openid email")])
            .await
            .sent_to(C1_CB)
            .contains_key("code")
    );
    assert!(
        browser
            .authorize("c1", &[("prompt", "none")])
            .await
            .sent_to(C1_CB)
            .contains_key("code")
    );
    // AUZ-24
    let more = ("scope", "openid profile email groups");
    assert_asks(&browser.authorize("c1", &[more]).await);
    let silent = browser.authorize("c1", &[more, ("prompt", "none")]).await;
    assert_eq!(silent.error(), "consent_required");
    assert_asks(&browser.authorize("c1", &[("prompt", "consent")]).await);
    // Nobody answers for somebody else.
    let mut bob = world.signed_in("bob").await;
    assert_asks(&bob.authorize("c1", &[]).await);
}

#[tokio::test]
async fn a_client_that_always_asks_remembers_nothing() {
    let world = asking(ConsentPolicy::Always).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    assert!(
        browser
            .press(&page, ALLOW)
            .await
            .sent_to(C1_CB)
            .contains_key("code")
    );
    assert_asks(&browser.authorize("c1", &[]).await);
}

#[tokio::test]
async fn auz_24_an_app_that_anybody_can_pose_as_is_asked_about_every_time() {
    let world = world_with(|clients| {
        clients.push(Client {
            id: "native".into(),
            consent: ConsentPolicy::Remember,
            redirect_uris: vec!["http://127.0.0.1/cb".to_owned(), "app.test:/cb".to_owned()],
            ..client("native")
        });
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    for uri in ["http://127.0.0.1:49152/cb", "app.test:/cb"] {
        for _ in 0..2 {
            let page = browser.authorize("native", &[("redirect_uri", uri)]).await;
            assert_asks(&page);
            let answer = browser.press(&page, ALLOW).await;
            assert!(answer.sent_to(uri).contains_key("code"));
        }
        let silent = [("redirect_uri", uri), ("prompt", "none")];
        let answer = browser.authorize("native", &silent).await;
        assert_eq!(answer.sent_to(uri)["error"], "consent_required");
    }
}

#[tokio::test]
async fn tok_09_a_consent_that_is_withdrawn_takes_its_tokens_along() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    let code = browser.press(&page, ALLOW).await.sent_to(C1_CB)["code"].clone();
    let answer = world.redeem("c1", &code).await.json();
    let (issuer, client, user) = ("production".into(), "c1".into(), "u-alice".into());
    let whose = (&issuer, &client);
    let consent = world.store.load_consent(&user, whose, None).await.unwrap();
    let withdrawn = world
        .store
        .withdraw_consent(consent.as_ref().unwrap(), world.clock.now());
    withdrawn.await.unwrap();
    let refused = world
        .refresh("c1", answer["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let refused = world
        .userinfo(answer["access_token"].as_str().unwrap())
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_asks(&browser.authorize("c1", &[]).await);
}
