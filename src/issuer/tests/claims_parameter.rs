//! `claims` and `acr_values`: what is asked for beside scopes.

use http::StatusCode;
use serde_json::{Value, json};

use super::world::*;
use crate::model::ConsentPolicy;
use crate::model::client::IdTokenClaims;

async fn minimal() -> World {
    world_with(|clients| {
        clients[0].id_token_claims = Some(IdTokenClaims::Minimal);
        clients[0].consent = ConsentPolicy::Remember;
    })
    .await
}

async fn tokens(world: &World, claims: &Value, more: &[(&str, &str)]) -> Value {
    let text = claims.to_string();
    let mut browser = world.signed_in("alice").await;
    let mut request = vec![("scope", "openid"), ("claims", text.as_str())];
    request.extend(more);
    let page = browser.authorize("c1", &request).await;
    let answer = if page.status == StatusCode::OK {
        browser.press(&page, Some(("decision", "allow"))).await
    } else {
        page
    };
    let code = answer.sent_to("https://")["code"].clone();
    world.redeem("c1", &code).await.json()
}

#[tokio::test]
async fn a_claim_goes_where_it_was_asked_for_and_nowhere_else() {
    let world = minimal().await;
    let asked = json!({
        "userinfo": { "name": { "essential": true }, "nickname": null },
        "id_token": { "email": null, "auth_time": { "essential": true } },
    });
    let tokens = tokens(&world, &asked, &[]).await;
    let id_token = payload(&tokens["id_token"]);
    assert_eq!(id_token["email"], "alice@corp.test");
    assert_eq!(id_token.get("name"), None);
    let access = tokens["access_token"].as_str().unwrap();
    let userinfo = world.userinfo(access).await.json();
    assert_eq!(
        userinfo,
        json!({ "sub": "u-alice", "name": "The person alice" })
    );
    // As much after a refresh, which no person sees.
    let refreshed = world.refresh("c1", tokens["refresh_token"].as_str().unwrap());
    let refreshed = refreshed.await.json();
    assert_eq!(payload(&refreshed["id_token"])["email"], "alice@corp.test");
    let access = refreshed["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.json()["name"],
        "The person alice"
    );
}

#[tokio::test]
async fn the_person_is_asked_about_single_claims_as_about_their_scope() {
    let world = minimal().await;
    tokens(&world, &json!({}), &[]).await;
    let mut browser = world.signed_in("alice").await;
    let silent = [("scope", "openid"), ("prompt", "none")];
    browser
        .authorize("c1", &silent)
        .await
        .sent_to("https://c1.test/cb?code=");
    let more = r#"{"userinfo":{"email":null}}"#;
    let asked = [("scope", "openid"), ("claims", more), ("prompt", "none")];
    assert_eq!(
        browser.authorize("c1", &asked).await.error(),
        "consent_required"
    );
    let asked = [("scope", "openid"), ("claims", more)];
    let page = browser.authorize("c1", &asked).await;
    assert!(
        page.body.contains("See your e-mail address"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_client_cannot_ask_for_claims_that_no_scope_of_its_own_gives() {
    let world = minimal().await;
    let asked = json!({
        "userinfo": { "phone_number": null, "iss": null, "unknown": { "essential": true } },
        "id_token": { "aud": { "value": "c2" }, "exp": { "value": 1 }, "address": null },
    });
    let tokens = tokens(&world, &asked, &[]).await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        world.userinfo(access).await.json(),
        json!({ "sub": "u-alice" })
    );
    assert_eq!(payload(&tokens["id_token"])["aud"], "c1");
}

#[tokio::test]
async fn auz_28_what_is_no_claims_object_is_refused_and_bounded() {
    let world = minimal().await;
    let mut browser = world.signed_in("alice").await;
    let deep = format!("{}1{}", "{\"a\":".repeat(2_000), "}".repeat(2_000));
    let nested = format!(
        r#"{{"userinfo":{{"name":{}1{}}}}}"#,
        "[".repeat(600),
        "]".repeat(600)
    );
    let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "n".repeat(5000));
    for bad in [
        "null",
        "[]",
        "1",
        "{",
        "{\"userinfo\":1}",
        "{\"id_token\":[]}",
        "{\"userinfo\":{\"name\":\"x\"}}",
        "{\"userinfo\":{\"name\":{\"essential\":1}}}",
        "{\"userinfo\":{\"name\":{\"values\":\"x\"}}}",
        &deep,
        &nested,
        &long,
    ] {
        let answer = browser.authorize("c1", &[("claims", bad)]).await;
        assert_eq!(
            answer.error(),
            "invalid_request",
            "{}",
            &bad[..bad.len().min(40)]
        );
    }
}

#[tokio::test]
async fn a_claims_object_with_a_member_twice_is_refused_at_every_depth() {
    let world = minimal().await;
    let mut browser = world.signed_in("alice").await;
    for bad in [
        r#"{"userinfo":null,"userinfo":{"email":null}}"#,
        r#"{"id_token":{"sub":{"value":"u-bob"}},"id_token":{"sub":{"value":"u-alice"}}}"#,
        r#"{"id_token":{"email":null,"email":{"essential":true}}}"#,
        r#"{"id_token":{"sub":{"value":"u-bob","value":"u-alice"}}}"#,
        r#"{"id_token":{"sub":{"value":"u-alice","\u0076alue":"u-bob"}}}"#,
        r#"{"userinfo":{"email":{"essential":false,"essential":true}}}"#,
        r#"{"userinfo":{"name":{"value":{"a":1,"a":2}}}}"#,
        r#"{"more":{"a":[{"b":1,"b":2}]}}"#,
    ] {
        let answer = browser.authorize("c1", &[("claims", bad)]).await;
        assert_eq!(answer.error(), "invalid_request", "{bad}");
    }
    // The same name in two objects is no twin.
    let good = r#"{"id_token":{"sub":{"value":"u-alice"}},"userinfo":{"sub":{"value":"u-alice"}}}"#;
    let asked = [("scope", "openid"), ("claims", good)];
    let answer = browser.authorize("c1", &asked).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn a_request_for_one_person_is_not_answered_about_another() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let about = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    let (alice, bob) = (about("u-alice"), about("u-bob"));
    let answer = browser
        .authorize("c1", &[("claims", &alice), ("prompt", "none")])
        .await;
    assert!(answer.sent_to("https://c1.test/cb").contains_key("code"));
    let answer = browser
        .authorize("c1", &[("claims", &bob), ("prompt", "none")])
        .await;
    assert_eq!(answer.error(), "login_required");
}

#[tokio::test]
async fn acr_is_one_of_those_asked_for_where_that_is_true() {
    let world = minimal().await;
    for (wanted, told) in [("2 1", "1"), ("2", "1"), ("gold 1", "1")] {
        let tokens = tokens(&world, &json!({}), &[("acr_values", wanted)]).await;
        assert_eq!(payload(&tokens["id_token"])["acr"], told, "{wanted}");
    }
    let mut browser = world.signed_in("alice").await;
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#;
    let answer = browser.authorize("c1", &[("claims", essential)]).await;
    assert_eq!(answer.error(), "unmet_authentication_requirements");
    let reached = r#"{"id_token":{"acr":{"essential":true,"values":["2","1"]}}}"#;
    let answer = browser.authorize("c1", &[("claims", reached)]).await;
    assert_eq!(answer.status, StatusCode::OK, "asked for consent");
}

#[tokio::test]
async fn what_a_client_registered_holds_where_its_request_says_nothing() {
    let world = world_with(|clients| clients[0].defaults.max_age = Some(60)).await;
    let mut browser = world.signed_in("alice").await;
    world.clock.advance(std::time::Duration::from_secs(61));
    let answer = browser.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(answer.error(), "login_required");
    let older = [("prompt", "none"), ("max_age", "100")];
    let answer = browser.authorize("c1", &older).await;
    assert!(answer.sent_to("https://c1.test/cb").contains_key("code"));
}
