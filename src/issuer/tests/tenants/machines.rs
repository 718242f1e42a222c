//! Clients that act for themselves, or for a person they were handed, in tenants.

use super::*;

/// `solo` serves nobody but Acme, `multi` both tenants, `free` none.
async fn with_machines() -> World {
    let world = tenanted().await;
    world.reloaded(|clients| {
        let all = [
            ("solo", vec!["acme"]),
            ("multi", vec!["acme", "gym"]),
            ("free", vec![]),
        ];
        for known in &mut clients[..2] {
            known.scopes = with_apis(known.clone()).scopes;
        }
        for (id, tenants) in all {
            let mut client = with_apis(confidential(id));
            client.flows.grants = vec![GrantKind::ClientCredentials, GrantKind::TokenExchange];
            client.tenants = tenants.into_iter().map(TenantId::from).collect();
            clients.push(client);
        }
    })
}

#[tokio::test]
async fn a_client_alone_acts_in_its_only_tenant_or_in_the_one_it_names() {
    let world = with_machines().await;
    let own = async |client: &str, tenant: &[(&str, &str)]| {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("scope", "files:read"),
        ];
        form.extend(tenant);
        world.token(PROD, client, &form).await
    };
    for (client, named, tenant) in [
        ("solo", None, json!(ACME)),
        ("solo", Some(ACME), json!(ACME)),
        ("multi", Some(GYM), json!(GYM)),
        ("multi", None, json!(null)),
        ("free", Some(GYM), json!(null)),
    ] {
        let named: Vec<_> = named
            .map(|uuid| ("center_uuid", uuid))
            .into_iter()
            .collect();
        let answer = own(client, &named).await.json();
        let token = answer["access_token"].as_str().unwrap();
        assert_eq!(
            payload(&answer["access_token"])["tenant_sub"],
            tenant,
            "{client}"
        );
        let told = world.told(client, token, false).await;
        assert_eq!(
            (&told["active"], &told["tenant_sub"]),
            (&json!(true), &tenant)
        );
    }
    for (client, uuid) in [("solo", GYM), ("multi", "gym"), ("multi", "")] {
        let answer = own(client, &[("center_uuid", uuid)]).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{uuid}");
    }
    let token = own("solo", &[]).await.json()["access_token"].clone();
    let world = world.reloaded(|clients| {
        let solo = clients
            .iter_mut()
            .find(|client| client.id.as_str() == "solo");
        solo.unwrap().tenants = vec!["gym".into()];
    });
    let told = world.told("solo", token.as_str().unwrap(), false).await;
    assert_eq!(told, json!({ "active": false }));
}

#[tokio::test]
async fn a_client_of_another_tenant_exchanges_nothing() {
    // The files API is served by all three machines.
    let world = with_machines().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser
        .authorize("c2", &[("scope", "openid files:read")])
        .await;
    let code = answer.sent_to("https://c2.test/cb")["code"].clone();
    let tokens = world.redeem("c2", &code).await.json();
    drop(browser);
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let exchange = [
        ("grant_type", GrantKind::TokenExchange.as_str()),
        ("subject_token", &token),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("resource", FILES),
    ];
    for (client, right) in [("solo", true), ("multi", true), ("free", false)] {
        let answer = world.token(PROD, client, &exchange).await.json();
        assert_eq!(
            answer.get("access_token").is_some(),
            right,
            "{client}: {answer}"
        );
        if right {
            assert_eq!(payload(&answer["access_token"])["tenant_sub"], ACME);
        }
    }
    assert!(world.audited("not_in_tenant"));
    // Nor is a token exchanged that was given where its own client acts no more.
    let world = moved_on(world);
    let answer = world.token(PROD, "solo", &exchange).await;
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_server_of_another_tenant_learns_nothing_of_a_token() {
    let world = with_machines().await;
    belongs(&world, "alice", &["acme", "gym"]).await;
    let mut browser = world.signed_in("alice").await;
    let world = &world;
    for (uuid, told) in [(ACME, true), (GYM, false)] {
        let asked = [("scope", "openid files:read"), ("center_uuid", uuid)];
        let answer = browser.authorize("c1", &asked).await;
        let code = answer.sent_to(C1_CB)["code"].clone();
        let tokens = world.redeem("c1", &code).await.json();
        let token = tokens["access_token"].as_str().unwrap();
        for (server, told) in [("solo", told), ("multi", true), ("free", true)] {
            let answer = world.told(server, token, false).await;
            assert_eq!(answer["active"], told, "{server}: {answer}");
        }
    }
}
