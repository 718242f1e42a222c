//! Tenants: how a request names one, who belongs to it, and what tokens say of it.

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

/// `solo` serves nobody but Acme, `multi` both tenants, `free` none.
async fn with_machines() -> World {
    let world = tenanted().await;
    world.reloaded(|clients| {
        let all = [
            ("solo", vec!["acme"]),
            ("multi", vec!["acme", "gym"]),
            ("free", vec![]),
        ];
        clients[1].scopes = with_apis(clients[1].clone()).scopes;
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

/// `tv` serves Acme, `tvs` both tenants.
async fn with_devices() -> World {
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

/// C2 serves a tenant that takes one-time links only; Alice belongs to it.
async fn of_the_club() -> World {
    let world = world_with(|clients| {
        for client in clients
            .iter_mut()
            .filter(|client| client.id.as_str() == "c2")
        {
            client.tenants = vec!["club".into()];
        }
    })
    .await;
    belongs(&world, "alice", &["club"]).await;
    world
}

#[tokio::test]
async fn who_came_in_by_a_way_that_the_tenant_does_not_take_signs_in_again() {
    let world = of_the_club().await;
    let mut browser = world.signed_in("alice").await;
    // Fresh or not: it is not when they signed in that is wrong.
    for more in [&[][..], &[("max_age", "3600")]] {
        let answer = browser.authorize("c2", more).await;
        assert!(answer.location().starts_with("/login?i="), "{more:?}");
    }
    let answer = browser.authorize("c2", &[("prompt", "none")]).await;
    assert_eq!(answer.error(), "login_required");

    browser.sign_in_by("alice", Amr::Otp).await;
    let code = browser.code("c2").await;
    let tokens = world.redeem("c2", &code).await.json();
    assert_eq!(payload(&tokens["id_token"])["amr"], json!(["otp"]));
}

#[tokio::test]
async fn an_answer_to_the_consent_page_counts_only_from_a_session_that_the_tenant_takes() {
    let world = of_the_club().await;
    let mut browser = world.browser();
    browser.sign_in_by("alice", Amr::Otp).await;
    let page = browser.authorize("c2", &[("prompt", "consent")]).await;
    assert_eq!(page.status, StatusCode::OK);
    browser.sign_in("alice").await;
    let answer = browser.press(&page, Some(("decision", "allow"))).await;
    let again = browser.get(answer.location()).await;
    assert!(again.location().starts_with("/login?i="), "{}", again.body);
}

#[tokio::test]
async fn a_device_is_let_in_by_a_session_that_the_tenant_takes() {
    let world = with_devices().await;
    belongs(&world, "alice", &["club"]).await;
    let started = world.start("tvc", &[("scope", "openid")]).await.json();
    let mut browser = world.browser();
    browser.sign_in_by("alice", Amr::Otp).await;
    let page = browser.get(&page_of(&started)).await;
    assert!(page.body.contains("id=\"device-allow\""), "{}", page.body);

    let mut other = world.signed_in("alice").await;
    let sent = other.get(&page_of(&started)).await;
    assert!(sent.location().starts_with("/login?i="), "{}", sent.body);
    let done = browser.press(&page, Some(("decision", "allow"))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let tokens = world.poll("tvc", &started).await;
    assert_eq!(payload(&tokens["access_token"])["tenant_sub"], CLUB);
}

#[tokio::test]
async fn what_was_given_by_a_way_that_the_tenant_takes_no_more_ends_with_the_restart() {
    let world = with_devices().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c2").await;
    let tokens = world.redeem("c2", &code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let started = world.start("tv", &[("scope", "openid")]).await.json();
    let page = browser.get(&page_of(&started)).await;
    browser.press(&page, Some(("decision", "allow"))).await;
    let pending = browser.code("c2").await;
    let mut later = world.browser();
    later.sign_in_by("alice", Amr::Otp).await;
    let by_link = later.code("c2").await;
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);

    let world = world.taking("acme", &[LoginMethod::OneTimeLink]);
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for token in [access, refresh] {
        let told = world.told("c2", token, false).await;
        assert_eq!(told, json!({ "active": false }));
    }
    for answer in [
        world.refresh("c2", refresh).await.json(),
        world.redeem("c2", &pending).await.json(),
        world.poll("tv", &started).await,
    ] {
        assert_eq!(answer["error"], "invalid_grant", "{answer}");
    }
    assert!(world.audited("login_method"));

    let tokens = world.redeem("c2", &by_link).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refreshed = world.refresh("c2", refresh).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
}

/// What stands at the head of a page, and the style sheet it adds.
fn look(answer: &Answer) -> (String, Option<String>) {
    let html = scraper::Html::parse_document(&answer.body);
    let all = |css: &str| {
        let selector = scraper::Selector::parse(css).unwrap();
        html.select(&selector)
            .map(|it| (it.text().collect(), it.attr("href").map(str::to_owned)))
            .collect::<Vec<(String, Option<String>)>>()
    };
    let sheet = all("link[rel=stylesheet]")
        .into_iter()
        .nth(1)
        .and_then(|(_, href)| href);
    (all("#brand-name").remove(0).0, sheet)
}

#[tokio::test]
async fn every_page_of_a_request_in_a_tenant_has_the_tenants_look() {
    let world = tenanted().await;
    let asked = [("center_uuid", ACME), ("prompt", "consent")];
    let consent = world.signed_in("alice").await.authorize("c1", &asked).await;
    let outsider = world.signed_in("bob").await.authorize("c1", &asked).await;
    let mut form_post = asked.to_vec();
    form_post[1] = ("response_mode", "form_post");
    let form_post = world
        .signed_in("alice")
        .await
        .authorize("c1", &form_post)
        .await;
    // In words, too: not every tenant has a look of its own.
    let named = r#"<strong id="consent-tenant">Acme Fitness</strong>"#;
    assert!(consent.body.contains(named), "{}", consent.body);
    let (name, sheet) = look(&consent);
    let sheet = sheet.expect("a style sheet of the tenant");
    assert_eq!(name, "Acme Fitness");
    for page in [&outsider, &form_post] {
        assert_eq!(look(page), (name.clone(), Some(sheet.clone())));
    }
    assert_eq!(outsider.status, StatusCode::FORBIDDEN);
    let served = world.browser().get(&sheet).await;
    assert_eq!(served.headers["content-type"], "text/css; charset=utf-8");
    assert!(served.body.contains("--accent:#0b6e4f"), "{}", served.body);
    let policy = consent.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("style-src 'self';") && !policy.contains("unsafe"));
    assert!(
        !consent.body.contains("style="),
        "nothing is styled in line"
    );

    // In another tenant, and in none, the page is as before.
    let plain = [("center_uuid", GYM), ("prompt", "consent")];
    belongs(&world, "alice", &["gym"]).await;
    let page = world.signed_in("alice").await.authorize("c1", &plain).await;
    assert_eq!(look(&page), ("Acme login".to_owned(), None));
}

#[tokio::test]
async fn errors_and_the_device_page_have_the_look_of_their_issuer() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    for path in ["authorize?client_id=nobody", "device"] {
        let page = browser.get(&format!("{BETA}/connect/{path}")).await;
        assert_eq!(look(&page).0, "Beta", "{path}");
        let page = browser.get(&format!("{PROD}/connect/{path}")).await;
        assert_eq!(look(&page).0, "Acme login", "{path}");
    }
}
