//! Tokens that were exchanged for a person's (RFC 8693).

use super::*;
use crate::model::User;

#[tokio::test]
async fn the_server_of_an_api_calls_another_for_the_person_and_says_so() {
    let world = world_with(|clients| {
        clients[0] = with_apis(confidential("c1"));
        let mut api = with_apis(confidential("api"));
        api.flows.grants = vec![GrantKind::TokenExchange];
        clients.push(api);
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let query = request(
        "c1",
        &[("scope", "booking:read files:read"), ("resource", BOOKINGS)],
    );
    let path = format!("{PROD}/connect/authorize?{query}&resource={FILES}");
    let code = browser.get(&path).await.sent_to(C1_CB)["code"].clone();
    let both = world.redeem("c1", &code).await.json();

    let answer = world
        .exchange("api", text(&both), &[("audience", FILES)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer["issued_token_type"], ACCESS);
    assert_eq!(answer["scope"], "files:read");
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let (old, new) = (
        payload(&both["access_token"]),
        payload(&answer["access_token"]),
    );
    assert_eq!(
        (&new["sub"], &new["aud"]),
        (&json!("u-alice"), &json!(FILES))
    );
    assert_eq!(
        (&new["client_id"], &new["act"]),
        (&json!("api"), &json!({ "sub": "client:api" }))
    );
    assert!(new["exp"].as_i64() <= old["exp"].as_i64());
    for kept in ["sid", "grant_id", "auth_time"] {
        assert_eq!(new[kept], old[kept], "{kept}");
    }
    // Revoking it takes nothing from the client that signed Alice in; her sign-out ends both.
    let token = text(&answer);
    let other = world
        .exchange("api", text(&both), &[("audience", FILES)])
        .await
        .json();
    world.revoke("api", token).await;
    assert_eq!(world.told("api", token, false).await["active"], false);
    assert_eq!(world.told("c1", text(&both), false).await["active"], true);
    assert_eq!(world.told("api", text(&other), false).await["active"], true);
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    assert_eq!(
        world.told("api", text(&other), false).await["active"],
        false
    );
}

#[tokio::test]
async fn an_exchange_widens_nothing() {
    let world = world_of_machines().await;
    let alices = world.alices().await;
    let token = text(&alices);
    let error = |answer: Answer| answer.json()["error"].clone();
    // Alice gave no access to files, not even her name: this client is not registered for them.
    let wider = [("resource", FILES), ("scope", "files:read")];
    assert_eq!(
        error(world.exchange("api", token, &wider).await),
        "invalid_scope"
    );
    assert_eq!(
        error(world.exchange("api", token, &[("resource", FILES)]).await),
        "invalid_scope"
    );
    // The issuer is no API: userinfo cannot be asked for somebody.
    let issuer = format!("{SITE}{PROD}");
    for target in [("resource", &*issuer), ("audience", "https://x.test")] {
        assert_eq!(
            error(world.exchange("api", token, &[target]).await),
            "invalid_target"
        );
    }
    assert_eq!(
        error(world.exchange("api", token, &[]).await),
        "invalid_target"
    );
}

#[tokio::test]
async fn an_exchange_takes_nobody_elses_token_and_no_other_kind() {
    let world = world_of_machines().await;
    let alices = world.alices().await;
    let token = text(&alices);
    let error = |answer: Answer| answer.json()["error"].clone();
    // Neither its client nor a server of its audience.
    let bookings = [("resource", BOOKINGS)];
    assert_eq!(
        error(world.exchange("job", token, &bookings).await),
        "invalid_request"
    );
    assert_eq!(
        error(world.exchange("public", token, &bookings).await),
        "unauthorized_client"
    );
    // Other kinds of token, and actors, are not ignored.
    for more in [
        (
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token",
        ),
        ("actor_token", "x"),
    ] {
        let answer = world.exchange("api", token, &[bookings[0], more]).await;
        assert_eq!(error(answer), "invalid_request");
    }
    let id_token = alices["id_token"].as_str().unwrap();
    assert_eq!(
        error(world.exchange("api", id_token, &bookings).await),
        "invalid_request"
    );
    // A person who was switched off.
    let off = |user: &mut User| user.disabled = true;
    world
        .store
        .change_user(&"u-alice".into(), off)
        .await
        .unwrap();
    assert_ne!(
        world.exchange("api", token, &bookings).await.status,
        StatusCode::OK
    );
}
