//! Tenants: how a request names one, who belongs to it, and what tokens say of it.

mod devices;
mod looks;
mod machines;
mod ways;

use http::StatusCode;
use serde_json::json;

use super::browser::Answer;
use super::device::page_of;
use super::world::*;
use crate::base::TenantId;
use crate::model::{Amr, Client, ConsentPolicy, GrantKind, LoginMethod};

/// C1 serves both tenants, C2 one of them; Alice belongs to Acme.
async fn tenanted() -> World {
    let world = world_with(|clients| {
        for client in clients {
            let Client {
                id,
                tenants,
                scopes,
                ..
            } = client;
            *tenants = match id.as_str() {
                "c1" => vec!["acme".into(), "gym".into()],
                "c2" => vec!["acme".into()],
                _ => Vec::new(),
            };
            *scopes = scopes.union(&["tenant"].into_iter().collect());
        }
    })
    .await;
    belongs(&world, "alice", &["acme"]).await;
    world
}

fn path(query: &str) -> String {
    format!("{PROD}/connect/authorize?{query}")
}

async fn belongs(world: &World, login: &str, tenants: &[&str]) {
    let tenants: Vec<TenantId> = tenants.iter().map(|tenant| (*tenant).into()).collect();
    let id = format!("u-{login}").into();
    let change = move |user: &mut crate::model::User| user.tenants.clone_from(&tenants);
    world.store.change_user(&id, change).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_names_a_tenant_and_the_tokens_say_it() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    let asked = [("center_uuid", ACME), ("scope", "openid tenant")];
    let answer = browser.authorize("c1", &asked).await;
    let code = answer.sent_to(C1_CB)["code"].clone();
    let tokens = world.redeem("c1", &code).await.json();
    let id = payload(&tokens["id_token"]);
    assert_eq!(id["tenant_name"], "Acme Fitness");
    assert_eq!(id["tenant_sub"], ACME);
    assert_eq!(payload(&tokens["access_token"])["tenant_sub"], ACME);
    let access = tokens["access_token"].as_str().unwrap();
    let userinfo = world.userinfo(access).await.json();
    assert_eq!(
        userinfo,
        json!({ "sub": "u-alice", "tenant_name": "Acme Fitness", "tenant_sub": ACME })
    );
}

#[tokio::test]
async fn a_clients_only_tenant_is_implied_and_others_have_none() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    for (client, tenant) in [("c2", json!(ACME)), ("p1", json!(null))] {
        let asked = [("scope", "openid tenant")];
        let answer = browser.authorize(client, &asked).await;
        let callback = format!("https://{client}.test/cb");
        let code = answer.sent_to(&callback)["code"].clone();
        let tokens = world.redeem(client, &code).await.json();
        assert_eq!(payload(&tokens["id_token"])["tenant_sub"], tenant);
    }
}

#[tokio::test]
async fn ten_01_a_tenant_that_is_not_named_exactly_is_an_error() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    let braces = format!("{{{ACME}}}");
    let (upper, urn) = (ACME.to_uppercase(), format!("urn:uuid:{ACME}"));
    let bare = ACME.replace('-', "");
    for (client, uuid) in [
        ("c1", ""),
        ("c1", upper.as_str()),
        ("c1", &braces),
        ("c1", &urn),
        ("c1", &bare),
        ("c1", "acme"),
        ("c1", "0d6c7f0a-5a3b-4f4e-8c8e-2f1f6f0f7b23"),
        // Another client's.
        ("c2", GYM),
    ] {
        let mut asked = request(client, &[]);
        asked.push('&');
        asked.push_str(&encode(&[("center_uuid", uuid)]));
        let answer = browser.get(&path(&asked)).await;
        assert_eq!(answer.error(), "invalid_request", "{uuid}");
    }
    let missing = browser.authorize("c1", &[]).await;
    assert_eq!(missing.error(), "invalid_request");
    let twice = format!(
        "{}&center_uuid={ACME}&center_uuid={ACME}",
        request("c1", &[])
    );
    browser.get(&path(&twice)).await.assert_local();
    let other_name = [("tenant", ACME)];
    assert_eq!(
        browser.authorize("c1", &other_name).await.error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn ten_01_somebody_who_does_not_belong_is_told_where_and_may_take_another_account() {
    let world = tenanted().await;
    for (login, tenant) in [("alice", GYM), ("bob", ACME)] {
        let mut browser = world.signed_in(login).await;
        let asked = [("center_uuid", tenant), ("state", "xyz")];
        let page = browser.authorize("c1", &asked).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.body.contains("id=\"outsider-page\""), "{}", page.body);
        let name = if tenant == GYM {
            "The Gym"
        } else {
            "Acme Fitness"
        };
        assert!(page.body.contains(name) && page.body.contains(login));
        assert!(page.body.contains("id=\"switch-account\""));
        let back = page
            .body
            .split("id=\"outsider-back\" href=\"")
            .nth(1)
            .unwrap();
        let back = back
            .split('"')
            .next()
            .unwrap()
            .replace("&#38;", "&")
            .replace("&amp;", "&");
        let answer = browser.get(&back).await.sent_to(C1_CB);
        assert_eq!(
            (&*answer["error"], &*answer["state"]),
            ("access_denied", "xyz")
        );
        let silent = [("center_uuid", tenant), ("prompt", "none")];
        assert_eq!(
            browser.authorize("c1", &silent).await.error(),
            "access_denied"
        );
    }
}

#[tokio::test]
async fn who_leaves_a_tenant_loses_what_was_given_there() {
    let world = tenanted().await;
    let tokens = world.tokens_for("alice", "c2").await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    assert_eq!(world.userinfo(&access).await.status, StatusCode::OK);
    belongs(&world, "alice", &["gym"]).await;
    assert_eq!(
        world.userinfo(&access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let answer = world.refresh("c2", &refresh).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    assert!(world.audited("not_in_tenant"));
}

#[tokio::test]
async fn a_code_is_nothing_to_who_left_the_tenant_meanwhile() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c2").await;
    belongs(&world, "alice", &[]).await;
    let answer = world.redeem("c2", &code).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
}

/// The same after the file was read again, in which C1 serves the gym alone and C2 nobody.
fn moved_on(world: World) -> World {
    world.reloaded(|clients| {
        clients[0].tenants = vec!["gym".into()];
        clients[1].tenants.clear();
    })
}

#[tokio::test]
async fn introspection_tells_the_tenant_while_client_and_person_are_in_it() {
    let world = tenanted().await;
    let tokens = world.tokens_for("alice", "c2").await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let both = [text("access_token"), text("refresh_token")];
    for token in &both {
        let told = world.told("c2", token, false).await;
        assert_eq!(
            (&told["active"], &told["tenant_sub"]),
            (&json!(true), &json!(ACME))
        );
    }
    let world = moved_on(world);
    for token in &both {
        assert_eq!(
            world.told("c2", token, false).await,
            json!({ "active": false })
        );
    }
}

#[tokio::test]
async fn what_was_allowed_in_one_tenant_is_asked_again_in_another() {
    let world = tenanted().await;
    belongs(&world, "alice", &["acme", "gym"]).await;
    let world = world.reloaded(|clients| clients[0].consent = ConsentPolicy::Remember);
    let mut browser = world.signed_in("alice").await;
    let in_tenant = |uuid| [("center_uuid", uuid), ("scope", "openid tenant")];
    let page = browser.authorize("c1", &in_tenant(ACME)).await;
    assert!(page.body.contains("id=\"consent-page\""), "{}", page.body);
    browser
        .press(&page, Some(("decision", "allow")))
        .await
        .sent_to(C1_CB);
    browser
        .authorize("c1", &in_tenant(ACME))
        .await
        .sent_to(C1_CB);
    let page = browser.authorize("c1", &in_tenant(GYM)).await;
    assert!(page.body.contains("id=\"consent-page\""), "{}", page.body);
    let silent = [("center_uuid", GYM), ("prompt", "none")];
    assert_eq!(
        browser.authorize("c1", &silent).await.error(),
        "consent_required"
    );
}
