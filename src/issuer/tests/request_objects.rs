//! Requests as JWTs of the client's: by value and by registered address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::base::encoding::base64url;
use crate::keys::ForeignAlg;
use crate::keys::foreign::testing::Stranger;
use crate::model::client::{ClientKeys, Profile};

const ISSUER: &str = "https://gw.test/production/oidc";

/// C1 signs with `key`; C2 registered to send unsigned objects.
async fn signing(key: &Stranger) -> World {
    world_with(|clients| {
        clients[0].keys = Some(ClientKeys::Jwks(key.jwks()));
        clients[0]
            .redirect_uris
            .push("https://c1.test/other".to_owned());
        clients[1].algs.request_object = Some("none".to_owned());
    })
    .await
}

fn unsigned(payload: &Value) -> String {
    let header = base64url(r#"{"alg":"none"}"#);
    format!("{header}.{}.", base64url(payload.to_string()))
}

async fn ask(world: &World, client: &str, object: &str, more: &[(&str, &str)]) -> Answer {
    let mut browser = world.signed_in("alice").await;
    let mut request = vec![("request", object)];
    request.extend(more);
    browser.authorize(client, &request).await
}

#[tokio::test]
async fn what_the_object_says_counts_and_what_is_beside_it_fills_the_gaps() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let world = signing(&key).await;
    let object = key.sign(&json!({
        "iss": "c1", "aud": [ISSUER, "https://else.test"], "client_id": "c1",
        "redirect_uri": "https://c1.test/other", "state": "inside", "response_type": "code",
        "max_age": 3600, "claims": { "userinfo": { "name": null } },
    }));
    let answer = ask(&world, "c1", &object, &[("state", "outside")]).await;
    let sent = answer.sent_to("https://c1.test/other?");
    assert_eq!(sent["state"], "inside");
    assert!(
        sent.contains_key("code"),
        "scope and challenge came beside it"
    );
    let moved = key.sign(&json!({ "redirect_uri": "https://evil.test/cb" }));
    ask(&world, "c1", &moved, &[]).await.assert_local();
}

#[tokio::test]
async fn an_object_that_the_client_did_not_sign_or_mean_is_refused() {
    let (key, other) = (
        Stranger::new(ForeignAlg::ES256, "k1"),
        Stranger::new(ForeignAlg::ES256, "k1"),
    );
    let world = signing(&key).await;
    let now = world.clock.now().seconds();
    for (bad, why) in [
        (other.sign(&json!({})), "a foreign key"),
        (unsigned(&json!({})), "unsigned"),
        (
            key.sign_as(
                &json!({ "alg": "ES256", "kid": "k1", "typ": "at+jwt" }),
                &json!({}),
            ),
            "typ",
        ),
        (key.sign(&json!({ "iss": "c2" })), "iss"),
        (key.sign(&json!({ "aud": "https://else.test" })), "aud"),
        (
            key.sign(&json!({ "aud": format!("{ISSUER}/") })),
            "aud with a slash",
        ),
        (key.sign(&json!({ "client_id": "c2" })), "client_id"),
        (
            key.sign(&json!({ "response_type": "token" })),
            "response_type",
        ),
        (key.sign(&json!({ "exp": now - 11 })), "expired"),
        (key.sign(&json!({ "nbf": now + 11 })), "not yet"),
        (key.sign(&json!({ "exp": "9999999999" })), "a time as text"),
        (key.sign(&json!({ "request": "x" })), "an object inside"),
        (key.sign(&json!({ "scope": [1] })), "a list of numbers"),
        ("e30.e30.".to_owned(), "no header"),
        ("x".to_owned(), "junk"),
    ] {
        let answer = ask(&world, "c1", &bad, &[]).await;
        let sent = answer.sent_to("https://c1.test/cb?");
        assert_eq!(sent["error"], "invalid_request_object", "{why}");
        assert_eq!(sent["state"], "st-1");
    }
}

#[tokio::test]
async fn auz_28_an_unsigned_object_is_taken_only_from_clients_that_registered_so() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let world = signing(&key).await;
    let object = unsigned(&json!({ "state": "inside", "nonce": "n-2" }));
    let answer = ask(&world, "c2", &object, &[]).await;
    let sent = answer.sent_to("https://c2.test/cb?");
    assert_eq!(sent["state"], "inside");
    let tokens = world.redeem("c2", &sent["code"]).await.json();
    assert_eq!(payload(&tokens["id_token"])["nonce"], "n-2");
    let answer = ask(&world, "c1", &object, &[]).await;
    assert_eq!(answer.error(), "invalid_request_object");
}

#[tokio::test]
async fn beside_a_request_that_must_be_signed_nothing_counts() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let world = world_with(|clients| {
        clients[0].keys = Some(ClientKeys::Jwks(key.jwks()));
        clients[0].security.require_signed_request = true;
    })
    .await;
    let plain = world.signed_in("alice").await.authorize("c1", &[]).await;
    assert_eq!(plain.error(), "invalid_request");
    let object = key.sign(&json!({
        "redirect_uri": C1_CB, "response_type": "code", "scope": "openid",
    }));
    // The challenge beside it is not seen.
    let answer = ask(&world, "c1", &object, &[]).await;
    let sent = answer.sent_to("https://c1.test/cb?");
    assert_eq!(sent["error"], "invalid_request");
    assert!(sent["error_description"].contains("PKCE"));
    assert!(!sent.contains_key("state"));
}

#[tokio::test]
async fn request_uris_are_fetched_where_they_are_registered_and_nowhere_else() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let object = key.sign(&json!({ "state": "fetched" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicUsize>::default();
    let noted = asked.clone();
    let app = axum::Router::new()
        .route("/object", axum::routing::get(move || async move { object }))
        .route(
            "/gone",
            axum::routing::get(|| async { StatusCode::NOT_FOUND }),
        )
        .layer(axum::middleware::map_request(
            move |request: axum::extract::Request| {
                noted.fetch_add(1, Ordering::SeqCst);
                std::future::ready(request)
            },
        ));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let registered = ["object#f00", "gone"].map(|path| format!("{origin}/{path}"));
    let world = world_with(|clients| {
        clients[0].keys = Some(ClientKeys::Jwks(key.jwks()));
        clients[0].security.request_uris = registered.to_vec();
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser
        .authorize("c1", &[("request_uri", &registered[0])])
        .await;
    assert_eq!(answer.sent_to("https://c1.test/cb?")["state"], "fetched");
    let elsewhere = format!("{origin}/object");
    for bad in [&registered[1], &elsewhere, "http://169.254.169.254/latest"] {
        let answer = browser.authorize("c1", &[("request_uri", bad)]).await;
        assert_eq!(answer.error(), "invalid_request_uri", "{bad}");
    }
    // Whoever repeats such requests does not make us repeat ours.
    for uri in &registered {
        browser.authorize("c1", &[("request_uri", uri)]).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    world.clock.advance(Duration::from_mins(5));
    for uri in &registered {
        browser.authorize("c1", &[("request_uri", uri)]).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    let answer = browser
        .authorize("c2", &[("request_uri", &registered[0])])
        .await;
    assert_eq!(answer.error(), "request_uri_not_supported");
    let both = [("request_uri", &*registered[0]), ("request", "e30.e30.")];
    assert_eq!(
        browser.authorize("c1", &both).await.error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn a_profile_bounds_how_long_an_object_is_good_and_whom_it_names() {
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    let world = world_with(|clients| {
        clients[0].keys = Some(ClientKeys::Jwks(key.jwks()));
        clients[0].security.profile = Profile::Fapi2;
    })
    .await;
    let now = world.clock.now().seconds();
    let object = |exp: i64, nbf: i64| {
        key.sign(&json!({ "aud": ISSUER, "exp": exp, "nbf": nbf, "redirect_uri": C1_CB }))
    };
    for (bad, why) in [
        (object(now + 3601, now), "longer than an hour"),
        (object(now + 10, now - 3601), "older than an hour"),
        (
            key.sign(&json!({ "aud": ISSUER, "exp": now + 60 })),
            "no nbf",
        ),
        (key.sign(&json!({ "exp": now + 60, "nbf": now })), "no aud"),
    ] {
        let answer = ask(&world, "c1", &bad, &[]).await;
        assert_eq!(answer.error(), "invalid_request_object", "{why}");
    }
    // A good one still has to be pushed.
    let answer = ask(&world, "c1", &object(now + 60, now), &[]).await;
    assert_eq!(answer.error(), "invalid_request");
}
