//! Requests that their clients push.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::json;

use super::browser::Answer;
use super::world::*;
use crate::keys::ForeignAlg;
use crate::keys::foreign::testing::Stranger;
use crate::model::ConsentPolicy;
use crate::model::client::{ClientKeys, Profile};

async fn push(world: &World, client: &str, body: String) -> Answer {
    let request = Request::post(format!("{PROD}/connect/par"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic(client, &secret(client)));
    world.send(request, body).await
}

async fn pushed(world: &World, client: &str, more: &[(&str, &str)]) -> String {
    let answer = push(world, client, request(client, more)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let told = answer.json();
    assert_eq!(told["expires_in"], 90);
    let reference = told["request_uri"].as_str().unwrap();
    assert!(reference.starts_with("urn:ietf:params:oauth:request_uri:"));
    reference.to_owned()
}

fn with(client: &str, reference: &str) -> String {
    let query = encode(&[("client_id", client), ("request_uri", reference)]);
    format!("{PROD}/connect/authorize?{query}")
}

#[tokio::test]
async fn a_pushed_request_is_answered_once_and_before_that_may_be_begun_again() {
    let world = world().await;
    let reference = pushed(&world, "c1", &[("state", "pushed")]).await;
    let mut browser = world.browser();
    for _ in 0..2 {
        let answer = browser.get(&with("c1", &reference)).await;
        assert!(
            answer.location().starts_with("/login?"),
            "{}",
            answer.location()
        );
    }
    browser.sign_in("alice").await;
    let answer = browser.get(&with("c1", &reference)).await;
    let sent = answer.sent_to("https://c1.test/cb?");
    assert_eq!(sent["state"], "pushed");
    let redeemed = world.redeem("c1", &sent["code"]).await;
    assert_eq!(redeemed.status, StatusCode::OK);
    let again = browser.get(&with("c1", &reference)).await;
    again.assert_local();
    assert!(again.body.contains("invalid_request_uri"), "{}", again.body);
}

#[tokio::test]
async fn of_two_who_began_under_one_reference_one_is_answered() {
    let world = world_with(|clients| clients[0].consent = ConsentPolicy::Always).await;
    let reference = pushed(&world, "c1", &[]).await;
    let mut alice = world.signed_in("alice").await;
    let mut bob = world.signed_in("bob").await;
    let asked = [
        alice.get(&with("c1", &reference)).await,
        bob.get(&with("c1", &reference)).await,
    ];
    let allow = Some(("decision", "allow"));
    let answer = alice.press(&asked[0], allow).await;
    assert!(answer.sent_to("https://c1.test/cb?").contains_key("code"));
    let answer = bob.press(&asked[1], allow).await;
    assert_eq!(answer.error(), "invalid_request_uri");
}

#[tokio::test]
async fn a_reference_is_its_clients_own_and_short_lived() {
    let world = world().await;
    let reference = pushed(&world, "c1", &[]).await;
    let mut browser = world.signed_in("alice").await;
    browser.get(&with("c2", &reference)).await.assert_local();
    let beta = with("b1", &reference).replace(PROD, BETA);
    browser.get(&beta).await.assert_local();
    for changed in [
        format!("{reference}A"),
        reference.replace("uri:", "uri:A"),
        "urn:ietf:params:oauth:request_uri:".to_owned(),
    ] {
        browser.get(&with("c1", &changed)).await.assert_local();
    }
    world.clock.advance(Duration::from_secs(90));
    browser.get(&with("c1", &reference)).await.assert_local();
}

#[tokio::test]
async fn what_would_be_refused_later_is_refused_when_it_is_pushed() {
    let world = world().await;
    for (more, error) in [
        (("redirect_uri", "https://evil.test/cb"), "invalid_request"),
        (("redirect_uri", ""), "invalid_request"),
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_type", "token"), "unauthorized_client"),
        (("response_type", ""), "invalid_request"),
        (("scope", "openid payments \""), "invalid_scope"),
        (("request", "junk"), "invalid_request_object"),
        (("prompt", "none login"), "invalid_request"),
    ] {
        let answer = push(&world, "c1", request("c1", &[more])).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{more:?} {}",
            answer.body
        );
        assert_eq!(answer.json()["error"], error, "{more:?}");
    }
    let answer = push(&world, "c1", request("c2", &[])).await;
    assert_eq!(
        answer.json()["error"],
        "invalid_request",
        "client_id of another"
    );
    let twice = format!("{}&state=x", request("c1", &[]));
    assert_eq!(
        push(&world, "c1", twice).await.json()["error"],
        "invalid_request"
    );
    let stranger = Request::post(format!("{PROD}/connect/par"))
        .header(CONTENT_TYPE, FORM)
        .header(
            AUTHORIZATION,
            basic("c1", "a wrong secret of the right length"),
        );
    let answer = world.send(stranger, request("c1", &[])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let by_get = Request::get(format!("{PROD}/connect/par?{}", request("c1", &[])));
    let answer = world.send(by_get, String::new()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_client_that_must_push_is_not_answered_otherwise() {
    let world = world_with(|clients| clients[0].security.require_par = true).await;
    let mut browser = world.signed_in("alice").await;
    assert_eq!(
        browser.authorize("c1", &[]).await.error(),
        "invalid_request"
    );
    let reference = pushed(&world, "c1", &[]).await;
    let answer = browser.get(&with("c1", &reference)).await;
    assert!(answer.sent_to("https://c1.test/cb?").contains_key("code"));
}

#[tokio::test]
async fn the_profile_asks_for_a_challenge_even_where_the_client_opted_out() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let world = world_with(|clients| {
        clients[0].pkce = crate::model::Pkce::Optional;
        clients[0].security.profile = Profile::Fapi2;
        clients[1].keys = Some(ClientKeys::Jwks(key.jwks()));
    })
    .await;
    let without = request(
        "c1",
        &[("code_challenge", ""), ("code_challenge_method", "")],
    );
    // Whatever else the profile asks of this client, it is not a way around PKCE.
    let answer = push(&world, "c1", without).await;
    assert_ne!(answer.status, StatusCode::CREATED, "{}", answer.body);
}

#[tokio::test]
async fn a_signed_object_may_be_pushed() {
    let key = Stranger::new(ForeignAlg::PS256, "k1");
    let world = world_with(|clients| {
        clients[0].keys = Some(ClientKeys::Jwks(key.jwks()));
    })
    .await;
    let object = key.sign(&json!({ "iss": "c1", "state": "signed" }));
    let reference = pushed(&world, "c1", &[("request", &object)]).await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.get(&with("c1", &reference)).await;
    assert_eq!(answer.sent_to("https://c1.test/cb?")["state"], "signed");
}
