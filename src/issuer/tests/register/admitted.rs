//! What is registered, and what is refused.

use super::*;
use crate::issuer::RegistrationMode;

#[tokio::test]
async fn what_is_not_said_has_the_defaults_of_the_specification() {
    let world = world().await;
    let client = world.registered(&app()).await;
    for (name, value) in [
        ("application_type", json!("web")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code"])),
        ("id_token_signed_response_alg", json!("RS256")),
        ("subject_type", json!("public")),
        ("client_secret_expires_at", json!(0)),
        ("client_name", json!("Shop")),
        ("redirect_uris", json!(["https://shop.test/cb"])),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    let issued = client["client_id_issued_at"].as_i64().unwrap();
    assert_eq!(issued, world.clock.now().millis() / 1000);
    assert!(text(&client, "client_secret").starts_with("dw_cs_"));
    assert!(text(&client, "registration_access_token").starts_with("dw_reg_"));
    assert!(world.audited("client_registered"));
    let id = text(&client, "client_id").into();
    let stored = format!("{:?}", world.store.load_client(&id).await.unwrap());
    assert!(!stored.contains(text(&client, "registration_access_token")));
    assert!(!stored.contains(text(&client, "client_secret")));
}

#[tokio::test]
async fn everything_that_was_registered_is_said_and_read_back() {
    let world = world().await;
    let sent = json!({
        "client_name": "Shop",
        "application_type": "native",
        "redirect_uris": ["https://shop.test/cb", "test.shop.app:/cb", "http://localhost/cb"],
        "response_types": ["code", "id_token token", "code id_token"],
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "email openid",
        "contacts": ["ops@shop.test"],
        "client_uri": "https://shop.test/",
        "logo_uri": "https://shop.test/logo.png",
        "policy_uri": "https://shop.test/policy",
        "tos_uri": "http://shop.test/tos",
        "initiate_login_uri": "https://shop.test/login",
        "post_logout_redirect_uris": ["https://shop.test/bye?code=1"],
        "backchannel_logout_uri": "https://shop.test/out",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://shop.test/frame",
        "frontchannel_logout_session_required": true,
        "request_uris": ["https://shop.test/request#abc"],
        "default_max_age": 3600,
        "require_auth_time": true,
        "default_acr_values": ["urn:a"],
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "authorization_signed_response_alg": "ES256",
        "introspection_signed_response_alg": "RS256",
        "request_object_signing_alg": "RS256",
        "token_endpoint_auth_signing_alg": "ES256",
        "subject_type": "pairwise",
        "require_pushed_authorization_requests": true,
        "require_signed_request_object": true,
        "dpop_bound_access_tokens": true,
        "tls_client_certificate_bound_access_tokens": true,
        "jwks": { "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] },
        "tls_client_auth_san_dns": "shop.test",
    });
    let mut sent = sent;
    sent["redirect_uris"] = json!(["https://shop.test/cb"]);
    let mut client = world.registered(&sent).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(client[name], *value, "{name}");
    }
    let (path, token) = (
        own_path(&client),
        client["registration_access_token"].clone(),
    );
    let token = token.as_str().unwrap();
    let read = world.call(Method::GET, &path, token, &Value::Null).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
    // A secret is told once.
    for once in ["client_secret", "client_secret_expires_at"] {
        client.as_object_mut().unwrap().remove(once).unwrap();
    }
    assert_eq!(read.json(), client);
}

#[tokio::test]
async fn auz_08_an_address_that_is_not_safe_is_not_registered() {
    let world = world().await;
    for uri in [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://shop.test/cb#fragment",
        "https://*.shop.test/cb",
        "https://shop.test/cb?code=x",
        "http://shop.test/cb",
        "test.shop.app:/cb",
    ] {
        let answer = world
            .register(&with(json!({ "redirect_uris": [uri] })))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
        assert_eq!(answer.json()["error"], "invalid_redirect_uri", "{uri}");
    }
    let answer = world.register(&with(json!({ "redirect_uris": [] }))).await;
    assert_eq!(answer.json()["error"], "invalid_redirect_uri");
    assert!(world.store.list_clients().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_contradicts_itself_or_is_not_offered_is_refused_with_its_reason() {
    let world = world().await;
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA" }] });
    for (more, reason) in [
        (json!({ "logo_uri": "data:image/png;base64,x" }), "logo_uri"),
        (json!({ "policy_uri": "javascript:alert(1)" }), "policy_uri"),
        (json!({ "tos_uri": "/tos" }), "tos_uri"),
        (json!({ "client_name": "a\u{202e}b" }), "client_name"),
        (json!({ "client_name": 7 }), "client_name must be a string"),
        (json!({ "contacts": "me" }), "contacts must be an array"),
        (
            json!({ "initiate_login_uri": "http://shop.test/x" }),
            "initiate_login_uri",
        ),
        (
            json!({ "response_types": ["id_token"], "grant_types": ["authorization_code"] }),
            "response_types[0]",
        ),
        (json!({ "response_types": ["none"] }), "response_types"),
        (json!({ "grant_types": ["password"] }), "grant_types"),
        (
            json!({ "grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"] }),
            "only an operator",
        ),
        (
            json!({ "token_endpoint_auth_method": "client_secret" }),
            "token_endpoint_auth_method",
        ),
        (
            json!({ "id_token_signed_response_alg": "none" }),
            "id_token_signed_response_alg",
        ),
        (
            json!({ "id_token_signed_response_alg": "EdDSA" }),
            "no such keys",
        ),
        (
            json!({ "id_token_encrypted_response_alg": "RSA-OAEP" }),
            "encryption",
        ),
        (json!({ "subject_type": "secret" }), "subject_type"),
        (json!({ "application_type": "fridge" }), "application_type"),
        (json!({ "scope": "everything" }), "scope"),
        (json!({ "default_max_age": -1 }), "default_max_age"),
        (json!({ "jwks": private }), "private"),
        (
            json!({ "jwks": {}, "jwks_uri": "https://shop.test/k" }),
            "either",
        ),
        (
            json!({ "sector_identifier_uri": "http://shop.test/s" }),
            "sector_identifier_uri",
        ),
        (
            json!({ "sector_identifier_uri": "https://127.0.0.1:1/s" }),
            "could not be fetched",
        ),
    ] {
        let answer = world.register(&with(more)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{reason}");
        let error = answer.json();
        assert_eq!(error["error"], "invalid_client_metadata", "{reason}");
        let said = text(&error, "error_description");
        assert!(said.contains(reason), "{reason}: {said}");
    }
    let statement = with(json!({ "software_statement": "a.b.c" }));
    let statement = world.register(&statement);
    assert_eq!(
        statement.await.json()["error"],
        "unapproved_software_statement"
    );
    let request = Request::post(REGISTER).header(CONTENT_TYPE, "text/plain");
    let answer = world.send(request, app().to_string()).await;
    assert_eq!(answer.json()["error"], "invalid_client_metadata");
    let large = json!({ "client_name": "x".repeat(200_000) });
    assert_eq!(world.register(&large).await.status, StatusCode::BAD_REQUEST);
    assert!(world.store.list_clients().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_goes_together_need_not_be_said_twice_and_what_nobody_knows_is_ignored() {
    let world = world().await;
    let client = world
        .registered(&with(json!({
            "response_types": ["id_token", "code"],
            "software_id": "x",
            "client_name#cs": "Obchod",
            "logo_uri": "",
            "tos_uri": null,
        })))
        .await;
    assert_eq!(
        client["grant_types"],
        json!(["authorization_code", "implicit"])
    );
    for absent in ["software_id", "client_name#cs", "logo_uri", "tos_uri"] {
        assert!(client.get(absent).is_none(), "{absent}");
    }
    let public = with(json!({ "token_endpoint_auth_method": "none" }));
    let public = world.registered(&public).await;
    assert!(public.get("client_secret").is_none());
    assert!(public.get("client_secret_expires_at").is_none());
}

#[tokio::test]
async fn an_initial_access_token_admits_as_many_as_it_says_at_its_issuer() {
    let world = world().await;
    let token = world.initial_token(2).await;
    let beta = "/beta/oidc/connect/register";
    let post = async |path: &str, token: &str, body: &Value| {
        world.call(Method::POST, path, token, body).await.status
    };
    assert_eq!(post(beta, "", &app()).await, StatusCode::UNAUTHORIZED);
    let foreign = Opaque::<InitialToken>::mint(&Rng::system()).unwrap();
    let refused = post(beta, foreign.reveal(), &app()).await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    // What is refused for another reason uses nothing up.
    let bad = with(json!({ "redirect_uris": ["javascript:x"] }));
    let refused = post(beta, token.reveal(), &bad).await;
    assert_eq!(refused, StatusCode::BAD_REQUEST);
    for status in [
        StatusCode::CREATED,
        StatusCode::CREATED,
        StatusCode::UNAUTHORIZED,
    ] {
        assert_eq!(post(beta, token.reveal(), &app()).await, status);
    }
    let late = world.initial_token(1).await;
    world.clock.advance(Duration::from_hours(1));
    let refused = post(beta, late.reveal(), &app()).await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    let registered = world.store.list_clients().await.unwrap();
    let by: Vec<_> = registered
        .iter()
        .map(|client| client.registered.as_ref().unwrap().by.as_deref())
        .collect();
    assert_eq!(by, [Some("it-2"), Some("it-2")]);
}

#[tokio::test]
async fn nobody_registers_more_than_the_bound_or_faster_than_anybody_would() {
    let world = world().await;
    for _ in 0..20 {
        world.registered(&app()).await;
    }
    let full = world.register(&app()).await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    let mut last = full;
    for _ in 0..80 {
        last = world.register(&app()).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers.contains_key("retry-after"));
    // Nobody used them: after a month there is room again.
    let month = Duration::from_hours(31 * 24);
    world.clock.advance(month);
    world.store.sweep(world.clock.now()).await.unwrap();
    world.registered(&app()).await;
}

#[tokio::test]
async fn web_12_any_origin_may_register_and_none_with_cookies() {
    let world = world().await;
    for origin in ["https://evil.test", "null"] {
        let request = Request::post(REGISTER)
            .header("origin", origin)
            .header("cookie", "__Host-doorward=x")
            .header(CONTENT_TYPE, "application/json");
        let answer = world.send(request, app().to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let credentials = "access-control-allow-credentials";
        assert!(!answer.headers.contains_key(credentials));
        let path = own_path(&answer.json());
        let preflight = Request::options(path).header("origin", origin);
        let answer = world.send(preflight, String::new()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        let methods = &answer.headers["access-control-allow-methods"];
        assert_eq!(methods, "GET, POST, PUT, DELETE");
    }
}

#[tokio::test]
async fn how_many_one_network_registers_is_a_setting_of_each_issuer() {
    let world = world_adjusted(|issuer| {
        let registration = &mut issuer.registration;
        registration.mode = RegistrationMode::Open;
        registration.per_ip.count = if issuer.path == BETA { 3 } else { 1 };
    })
    .await;
    for (path, admitted) in [
        (REGISTER.to_owned(), 1),
        (format!("{BETA}/connect/register"), 3),
    ] {
        for _ in 0..admitted {
            let answer = world.call(Method::POST, &path, "", &app()).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        }
        let late = world.call(Method::POST, &path, "", &app()).await;
        assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn assertions_of_apps_that_register_may_name_the_token_endpoint_unless_the_issuer_says_no() {
    for lenient in [true, false] {
        let world = world_adjusted(|issuer| {
            issuer.registration.assertion_for_token_endpoint = lenient;
        })
        .await;
        let client = world.registered(&app()).await;
        let id = text(&client, "client_id").into();
        let stored = world.store.load_client(&id).await.unwrap().unwrap();
        assert_eq!(stored.security.assertion_for_token_endpoint, lenient);
    }
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_in_one_way_whatever_the_network_is_like() {
    let world = world().await;
    let mut told = Vec::new();
    for host in ["127.0.0.1:1", "10.0.0.1", "nobody.invalid", "localhost:1"] {
        let more = json!({ "sector_identifier_uri": format!("https://{host}/s") });
        let answer = world.register(&with(more)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{host}");
        told.push(answer.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn an_app_that_only_ever_used_itself_is_forgotten_like_an_unused_one() {
    let world = world().await;
    let job = json!({ "client_name": "Job", "grant_types": ["client_credentials"] });
    // Whoever is known to nobody would write rows by it without end.
    let refused = world.register(&job).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    let token = world.initial_token(2).await;
    let known = async || {
        let path = format!("{BETA}/connect/register");
        let answer = world.call(Method::POST, &path, token.reveal(), &job).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()
    };
    let ids = [known().await, known().await];
    let own = async |client: &Value| {
        let request = Request::post(format!("{BETA}/connect/token"))
            .header(CONTENT_TYPE, FORM)
            .header(
                AUTHORIZATION,
                basic(text(client, "client_id"), text(client, "client_secret")),
            );
        let answer = world
            .send(request, encode(&[("grant_type", "client_credentials")]))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    for client in &ids {
        own(client).await;
    }
    let left = async || {
        world.store.sweep(world.clock.now()).await.unwrap();
        world.store.list_clients().await.unwrap().len()
    };
    world.clock.advance(Duration::from_hours(20 * 24));
    own(&ids[0]).await;
    assert_eq!(left().await, 2);
    world.clock.advance(Duration::from_hours(20 * 24));
    assert_eq!(left().await, 1);
    world.clock.advance(Duration::from_hours(20 * 24));
    assert_eq!(left().await, 0);
}
