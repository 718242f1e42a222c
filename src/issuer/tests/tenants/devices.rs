//! Devices that are let in to a tenant.

use super::*;

/// `tv` serves Acme, `tvs` both tenants.
pub(super) async fn with_devices() -> World {
    let world = tenanted().await;
    world.reloaded(|clients| {
        for (id, tenants) in [
            ("tv", vec!["acme"]),
            ("tvs", vec!["acme", "gym"]),
            ("tvc", vec!["club"]),
        ] {
            let mut client = confidential(id);
            client.flows.grants = vec![GrantKind::DeviceCode, GrantKind::RefreshToken];
            client.tenants = tenants.into_iter().map(TenantId::from).collect();
            clients.push(client);
        }
    })
}

#[tokio::test]
async fn a_device_is_let_in_to_the_tenant_that_it_asked_for() {
    let world = with_devices().await;
    let openid = ("scope", "openid");
    for bad in [
        None,
        Some(""),
        Some("acme"),
        Some("0d6c7f0a-5a3b-4f4e-8c8e-2f1f6f0f7b23"),
    ] {
        let mut form = vec![openid];
        form.extend(bad.map(|uuid| ("center_uuid", uuid)));
        let answer = world.start("tvs", &form).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{bad:?}");
    }
    let answer = world.start("tv", &[openid, ("center_uuid", GYM)]).await;
    assert_eq!(answer.json()["error"], "invalid_request");

    let mut browser = world.signed_in("alice").await;
    for (client, form) in [
        ("tv", &[openid][..]),
        ("tvs", &[openid, ("center_uuid", ACME)]),
    ] {
        let started = world.start(client, form).await.json();
        let page = browser.get(&page_of(&started)).await;
        let done = browser.press(&page, Some(("decision", "allow"))).await;
        assert!(
            done.body.contains("Your device is connected"),
            "{}",
            done.body
        );
        let tokens = world.poll(client, &started).await;
        assert_eq!(
            payload(&tokens["access_token"])["tenant_sub"],
            ACME,
            "{tokens}"
        );
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let refreshed = world.refresh(client, refresh).await.json();
        assert_eq!(payload(&refreshed["access_token"])["tenant_sub"], ACME);
    }
}

#[tokio::test]
async fn ten_01_nobody_lets_a_device_in_to_a_tenant_they_do_not_belong_to() {
    let world = with_devices().await;
    let asked = [("scope", "openid"), ("center_uuid", GYM)];
    let started = world.start("tvs", &asked).await.json();
    let mut browser = world.signed_in("alice").await;
    let page = browser.get(&page_of(&started)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("id=\"outsider-page\""), "{}", page.body);
    assert!(page.body.contains("The Gym") && page.body.contains("id=\"switch-account\""));

    // Nor does somebody who left while the page was open.
    belongs(&world, "alice", &["gym"]).await;
    let page = browser.get(&page_of(&started)).await;
    belongs(&world, "alice", &["acme"]).await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let pending = world.poll("tvs", &started).await;
    assert_eq!(pending["error"], "authorization_pending");
    // No is an answer that anybody may give.
    let answer = browser.press(&page, Some(("decision", "deny"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    world.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(world.poll("tvs", &started).await["error"], "access_denied");
}
