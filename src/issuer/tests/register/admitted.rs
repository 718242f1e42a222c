//! What is registered, and from where.

use super::*;

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
