//! What every answer of the authorization endpoint has, and what a stolen one is worth.

use http::StatusCode;

use super::world::*;
use crate::model::Pkce;

#[tokio::test]
async fn auz_12_every_answer_says_exactly_who_gives_it() {
    let world = world().await;
    let mut alice = world.signed_in("alice").await;
    let mut nobody = world.browser();
    let mut answers = vec![alice.authorize("c1", &[]).await];
    for more in [
        ("scope", "openid \"x"),
        ("response_type", "none"),
        ("prompt", "sometimes"),
        ("max_age", "-1"),
        ("claims", "null"),
        ("code_challenge", "short"),
        ("id_token_hint", "junk"),
        ("request", "junk"),
    ] {
        answers.push(alice.authorize("c1", &[more]).await);
    }
    answers.push(nobody.authorize("c1", &[("prompt", "none")]).await);
    for answer in answers {
        let sent = answer.sent_to("https://c1.test/cb?");
        assert_eq!(sent["iss"], "https://gw.test/production/oidc");
        assert_eq!(sent["state"], "st-1");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn auz_23_a_code_of_somebody_elses_sign_in_is_of_no_use_in_this_one() {
    let world = world_with(|clients| clients[1].pkce = Pkce::Optional).await;
    // Mallory's own code, brought to Alice's app: the app's verifier is of another challenge.
    let mut mallory = world.signed_in("bob").await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let answer = mallory
        .authorize("c1", &[("code_challenge", challenge)])
        .await;
    let code = answer.sent_to(C1_CB)["code"].clone();
    let answer = world.redeem("c1", &code).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"], "invalid_grant");
    // An app without PKCE sees that the nonce is not its own.
    let without = [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", "mallorys"),
    ];
    let answer = mallory.authorize("c2", &without).await;
    let code = answer.sent_to("https://c2.test/cb?")["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "https://c2.test/cb"),
    ];
    let tokens = world.token(PROD, "c2", &form).await.json();
    assert_eq!(payload(&tokens["id_token"])["nonce"], "mallorys");
}

#[tokio::test]
async fn whoever_wants_another_account_or_a_new_one_signs_in_anew() {
    let world = world().await;
    for prompt in ["select_account", "create", "login", "login consent"] {
        let mut browser = world.signed_in("alice").await;
        world.clock.advance(std::time::Duration::from_secs(1));
        let answer = browser.authorize("c1", &[("prompt", prompt)]).await;
        assert!(answer.location().starts_with("/login?"), "{prompt}");
        let mixed = format!("none {prompt}");
        let answer = browser.authorize("c1", &[("prompt", &mixed)]).await;
        assert_eq!(answer.error(), "invalid_request", "{mixed}");
    }
}
