//! What is taken from a client is taken from what it was given before.

mod asked;

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::base::ScopeSet;
use crate::model::client::SubjectType;
use crate::model::{Client, ConsentPolicy, GrantKind};

const ALL: &str = "openid email booking:read offline_access";
const K_CB: &str = "https://k1.test/cb";

/// With K1, which lives in the store, where commands change it.
async fn changing() -> World {
    let world = world().await;
    let k1 = with_apis(confidential("k1"));
    world.store.insert_client(&k1).await.unwrap();
    world.clock.advance(Duration::from_secs(2));
    world
}

impl World {
    async fn k1_code(&self, more: &[(&str, &str)]) -> String {
        let mut browser = self.signed_in("alice").await;
        browser.authorize("k1", more).await.sent_to(K_CB)["code"].clone()
    }

    async fn changed(&self, change: impl Fn(&mut Client) + Send + Sync + 'static) {
        let id = "k1".into();
        self.store.change_client(&id, change).await.unwrap();
        self.clock.advance(Duration::from_secs(2));
    }

    /// K1 is left with these scopes.
    async fn left(&self, scopes: &'static str) {
        self.changed(move |client| client.scopes = ScopeSet::parse(scopes).unwrap())
            .await;
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap()
}

#[track_caller]
fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.json()["error"], error, "{}", answer.body);
}

#[tokio::test]
async fn a_refresh_token_gives_no_scope_that_was_taken_from_its_client() {
    let world = changing().await;
    let code = world.k1_code(&[("scope", ALL)]).await;
    let first = world.redeem("k1", &code).await.json();
    assert_eq!(first["scope"], "booking:read email offline_access openid");
    world.left("openid offline_access").await;
    let second = world.refresh("k1", text(&first, "refresh_token")).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    let second = second.json();
    assert_eq!(second["scope"], "offline_access openid");
    let access = payload(&second["access_token"]);
    assert_eq!(access["scope"], "offline_access openid");
    assert_eq!(access["aud"], json!(format!("{SITE}{PROD}")));
    assert!(payload(&second["id_token"]).get("email").is_none());

    // Asked for by name: what is left of it, and an error when that is nothing.
    let ask = async |scope: &str, refresh: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("scope", scope),
        ];
        world.token(PROD, "k1", &form).await
    };
    let refresh = text(&second, "refresh_token");
    refused(&ask("email", refresh).await, "invalid_scope");
    let third = ask("openid email", refresh).await.json();
    assert_eq!(third["scope"], "openid");
    // Given back to the client, it is given again: the person allowed it.
    world.left("openid email offline_access").await;
    let fourth = world.refresh("k1", text(&third, "refresh_token")).await;
    assert_eq!(fourth.json()["scope"], "email offline_access openid");
}

#[tokio::test]
async fn a_grant_of_which_nothing_is_left_gives_nothing_and_is_not_spent() {
    let world = changing().await;
    let code = world.k1_code(&[("scope", ALL)]).await;
    let tokens = world.redeem("k1", &code).await.json();
    let refresh = text(&tokens, "refresh_token");
    world.left("profile offline_access").await;
    refused(&world.refresh("k1", refresh).await, "invalid_grant");
    assert!(world.audited("nothing_left"));
    // Access without the session rests on a scope of its own.
    world.left("openid email").await;
    refused(&world.refresh("k1", refresh).await, "invalid_grant");
    world.left(ALL).await;
    assert_eq!(world.refresh("k1", refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_resource_that_was_taken_is_not_replaced_by_what_the_scopes_imply() {
    let world = changing().await;
    let asked = [("scope", "openid booking:read"), ("resource", BOOKINGS)];
    let code = world.k1_code(&asked).await;
    let tokens = world.redeem("k1", &code).await.json();
    assert_eq!(payload(&tokens["access_token"])["aud"], BOOKINGS);
    world.left("openid email").await;
    let refresh = text(&tokens, "refresh_token");
    refused(&world.refresh("k1", refresh).await, "invalid_grant");
}

/// C1 asked for everything; then the file is read again, in which it has these scopes.
fn reloaded(world: World, scopes: &str) -> World {
    world.reloaded(|clients| clients[0].scopes = ScopeSet::parse(scopes).unwrap())
}

/// For both APIs, and for devices.
async fn configured() -> World {
    world_with(|clients| {
        clients[0] = with_apis(confidential("c1"));
        clients[0].flows.grants.push(GrantKind::DeviceCode);
        let mut api = with_apis(confidential("api"));
        api.flows.grants = vec![GrantKind::TokenExchange];
        clients.push(api);
    })
    .await
}

#[tokio::test]
async fn a_code_that_is_under_way_gives_nothing_that_was_taken() {
    let world = configured().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser
        .authorize("c1", &[("scope", ALL)])
        .await
        .sent_to(C1_CB)["code"]
        .clone();
    let world = reloaded(world, "profile offline_access");
    refused(&world.redeem("c1", &code).await, "invalid_grant");
    let world = reloaded(world, "openid");
    let tokens = world.redeem("c1", &code).await.json();
    assert_eq!(tokens["scope"], "openid");
    let refresh = text(&tokens, "refresh_token").to_owned();
    // Without offline access it is the session's.
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    refused(&world.refresh("c1", &refresh).await, "invalid_grant");
}

#[tokio::test]
async fn a_device_that_was_let_in_gets_nothing_that_was_taken() {
    let world = configured().await;
    let asked = [("scope", "openid email booking:read")];
    let codes = world.start("c1", &asked).await.json();
    let mut browser = world.signed_in("alice").await;
    let page = text(&codes, "verification_uri_complete").replace(SITE, "");
    let page = browser.get(&page).await;
    let allow = [("decision", "allow"), ("scope", "booking:read")];
    browser.press_all(&page, &allow).await;
    drop(browser);
    let world = reloaded(world, "openid");
    let form = [
        ("grant_type", GrantKind::DeviceCode.as_str()),
        ("device_code", text(&codes, "device_code")),
    ];
    let tokens = world.token(PROD, "c1", &form).await.json();
    assert_eq!(tokens["scope"], "openid", "{tokens}");
}

#[tokio::test]
async fn an_access_token_is_exchanged_told_of_and_answered_for_what_is_left_of_it() {
    let world = configured().await;
    let mut browser = world.signed_in("alice").await;
    let asked = [("scope", "openid email booking:read booking:write")];
    let code = browser.authorize("c1", &asked).await.sent_to(C1_CB)["code"].clone();
    let tokens = world.redeem("c1", &code).await.json();
    drop(browser);
    let token = text(&tokens, "access_token");
    let exchange = [
        ("grant_type", GrantKind::TokenExchange.as_str()),
        ("subject_token", token),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("resource", BOOKINGS),
    ];
    let world = reloaded(world, "openid booking:read");
    let exchanged = world.token(PROD, "api", &exchange).await.json();
    assert_eq!(exchanged["scope"], "booking:read", "{exchanged}");
    let told = world.told("api", token, false).await;
    assert_eq!(told["scope"], "booking:read");
    let userinfo = world.userinfo(token).await.json();
    assert_eq!(userinfo, json!({ "sub": "u-alice" }));

    let world = reloaded(world, "profile");
    let userinfo = world.userinfo(token).await;
    assert_eq!(userinfo.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn introspection_tells_what_a_refresh_token_is_worth_now() {
    let world = changing().await;
    let code = world.k1_code(&[("scope", ALL)]).await;
    let tokens = world.redeem("k1", &code).await.json();
    let refresh = text(&tokens, "refresh_token");
    world.left("openid offline_access").await;
    let told = world.told("k1", refresh, false).await;
    assert_eq!(told["scope"], "offline_access openid");
    world.left("profile").await;
    let told = world.told("k1", refresh, false).await;
    assert_eq!(told, json!({ "active": false }));
}

#[tokio::test]
async fn what_was_given_under_one_name_is_never_told_under_another() {
    let world = changing().await;
    let pairwise = |client: &mut Client, uri: &str| {
        client.redirect_uris = vec![uri.to_owned()];
        client.subject_type = SubjectType::Pairwise { sector_uri: None };
    };
    world.changed(move |client| pairwise(client, K_CB)).await;
    let code = world.k1_code(&[("scope", ALL)]).await;
    let first = world.redeem("k1", &code).await.json();
    let refresh = text(&first, "refresh_token");
    world
        .changed(move |client| pairwise(client, "https://c1.test/cb"))
        .await;
    refused(&world.refresh("k1", refresh).await, "invalid_grant");
    world
        .changed(|client| client.subject_type = SubjectType::Public)
        .await;
    refused(&world.refresh("k1", refresh).await, "invalid_grant");
    world.changed(move |client| pairwise(client, K_CB)).await;
    let again = world.refresh("k1", refresh).await.json();
    let sub = |tokens: &Value| payload(&tokens["id_token"])["sub"].clone();
    assert_eq!(sub(&again), sub(&first));
}
