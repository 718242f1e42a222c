//! What people are called towards clients, and userinfo that is signed.

use http::StatusCode;
use serde_json::json;

use super::world::*;
use crate::model::Algorithm;
use crate::model::client::SubjectType;

async fn with_pairwise() -> World {
    world_with(|clients| {
        for client in clients
            .iter_mut()
            .filter(|client| client.id.as_str() != "p1")
        {
            client.subject_type = SubjectType::Pairwise { sector_uri: None };
        }
        clients[0].algs.userinfo = Some(Algorithm::ES256);
    })
    .await
}

#[tokio::test]
async fn a_pairwise_client_reads_one_name_everywhere_and_no_other() {
    let world = with_pairwise().await;
    let tokens = world.tokens_for("alice", "c2").await;
    let id = payload(&tokens["id_token"]);
    let sub = id["sub"].as_str().unwrap();
    assert_ne!(sub, "u-alice");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.json()["sub"], sub);
    assert_eq!(payload(&tokens["access_token"])["sub"], sub);
    let refreshed = world
        .refresh("c2", tokens["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(payload(&refreshed.json()["id_token"])["sub"], sub);
    let other = world.tokens_for("alice", "c1").await;
    assert_ne!(payload(&other["id_token"])["sub"], sub);
    assert_ne!(payload(&other["id_token"])["sid"], id["sid"]);
}

#[tokio::test]
async fn a_hint_with_a_pairwise_name_means_its_person() {
    let world = with_pairwise().await;
    let mut alice = world.signed_in("alice").await;
    let code = alice.code("c2").await;
    let tokens = world.redeem("c2", &code).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let silent = [("id_token_hint", hint), ("prompt", "none")];
    let answer = alice
        .authorize("c2", &silent)
        .await
        .sent_to("https://c2.test/cb");
    assert!(answer.contains_key("code"));
    let mut bob = world.signed_in("bob").await;
    assert_eq!(bob.authorize("c2", &silent).await.error(), "login_required");
}

#[tokio::test]
async fn userinfo_is_signed_for_who_asked_for_that() {
    let world = with_pairwise().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    let answer = world.userinfo(access).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "application/jwt");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let said = payload(&json!(answer.body));
    let id = payload(&tokens["id_token"]);
    for same in ["iss", "sub", "aud", "email"] {
        assert_eq!(said[same], id[same], "{same}");
    }
    assert!(said.get("exp").is_none());
    // Whoever sends it back as a hint is not believed.
    let hint = [("id_token_hint", answer.body.as_str())];
    let mut browser = world.signed_in("alice").await;
    assert_eq!(
        browser.authorize("c1", &hint).await.error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn languages_that_are_asked_for_are_taken_and_change_nothing() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let claims = r#"{"id_token":{"name#cs":null,"email":{"essential":true}}}"#;
    let asked = [
        ("ui_locales", "cs-CZ xx-nonsense de"),
        ("claims_locales", "pl"),
        ("claims", claims),
        ("display", "touch"),
    ];
    let answer = browser.authorize("c1", &asked).await;
    let code = answer.sent_to(C1_CB)["code"].clone();
    let tokens = world.redeem("c1", &code).await.json();
    let id = payload(&tokens["id_token"]);
    assert_eq!(id["name"], "The person alice");
    assert!(id.get("name#cs").is_none());
}

#[tokio::test]
async fn ten_07_a_client_of_one_issuer_is_nobody_at_another() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    browser.authorize("b1", &[]).await.assert_local();
    let code = browser.code("c1").await;
    let callback = "https://b1.test/cb";
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", callback),
        ("code_verifier", VERIFIER),
    ];
    let at_prod = world.token(PROD, "b1", &form).await;
    assert_eq!(at_prod.json()["error"], "invalid_client");
    let at_beta = world.token(BETA, "b1", &form).await;
    assert_eq!(at_beta.json()["error"], "invalid_grant");
    // The code is still good where it belongs.
    assert_eq!(world.redeem("c1", &code).await.status, StatusCode::OK);
}
