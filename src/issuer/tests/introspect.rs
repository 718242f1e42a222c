//! `/connect/introspect`: what a token is worth, said to its own client.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;

async fn ask(world: &World, client: &str, token: &str) -> Answer {
    let request = Request::post(format!("{PROD}/connect/introspect"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic(client, &secret(client)));
    world.send(request, encode(&[("token", token)])).await
}

async fn is_active(world: &World, client: &str, token: &str) -> bool {
    let answer = ask(world, client, token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    if body["active"] == false {
        assert_eq!(body, json!({ "active": false }), "nothing else is said");
    }
    body["active"] == true
}

fn both(tokens: &Value) -> [&str; 2] {
    ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap())
}

#[tokio::test]
async fn a_client_learns_what_its_own_tokens_are_worth() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let [access, refresh] = both(&tokens);
    let now = world.clock.now().seconds();
    let told = ask(&world, "c1", access).await.json();
    for (name, value) in [
        ("client_id", json!("c1")),
        ("username", json!("alice")),
        ("token_type", json!("Bearer")),
        ("iss", json!("https://gw.test/production/oidc")),
        ("sub", payload(&tokens["id_token"])["sub"].clone()),
        ("iat", json!(now)),
        ("exp", json!(now + 30 * 60)),
        ("scope", tokens["scope"].clone()),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    let told = ask(&world, "c1", refresh).await.json();
    assert_eq!(told["active"], true);
    assert!(told.get("token_type").is_none(), "it is presented nowhere");

    let next = world.refresh("c1", refresh).await.json();
    assert!(!is_active(&world, "c1", refresh).await, "it was rotated");
    world.clock.advance(Duration::from_mins(30));
    assert!(!is_active(&world, "c1", access).await, "it is too old");
    assert!(is_active(&world, "c1", both(&next)[1]).await);
}

#[tokio::test]
async fn nobody_learns_anything_of_other_clients_tokens() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    for token in both(&tokens) {
        assert!(!is_active(&world, "c2", token).await);
        assert!(is_active(&world, "c1", token).await);
    }
    for junk in ["junk", "dw_rt_AAAA", "a.b.c"] {
        assert!(!is_active(&world, "c1", junk).await);
    }
    let public = world.tokens_for("alice", "p1").await;
    let request = || Request::post(format!("{PROD}/connect/introspect"));
    for form in [
        vec![("token", both(&public)[0]), ("client_id", "p1")],
        vec![("token", both(&tokens)[0])],
    ] {
        let asked = request().header(CONTENT_TYPE, FORM);
        let answer = world.send(asked, encode(&form)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"], "invalid_client");
    }
}

#[tokio::test]
async fn what_has_ended_is_not_active_at_once() {
    let world = world().await;
    let by_end = world.tokens_for("alice", "c1").await;
    let sid = payload(&by_end["id_token"])["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    world.sessions.end(&sid.as_str().into()).await.unwrap();
    let by_idle = world.tokens_for("alice", "c1").await;
    for token in both(&by_end) {
        assert!(!is_active(&world, "c1", token).await);
    }
    assert!(is_active(&world, "c1", both(&by_idle)[1]).await);
    world.clock.advance(Duration::from_hours(8));
    assert!(!is_active(&world, "c1", both(&by_idle)[1]).await);
    let disabled = world.tokens_for("bob", "c1").await;
    let id = "u-bob".into();
    let change = world.store.change_user(&id, |user| user.disabled = true);
    change.await.unwrap().unwrap();
    for token in both(&disabled) {
        assert!(!is_active(&world, "c1", token).await);
    }
}
