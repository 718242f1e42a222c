//! What is refused, and what is said of it.

use super::*;

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

/// Each of these is refused, and said is why.
async fn all_refused(world: &World, cases: Vec<(Value, &str)>) {
    for (more, reason) in cases {
        let answer = world.register(&with(more)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{reason}");
        let error = answer.json();
        assert_eq!(error["error"], "invalid_client_metadata", "{reason}");
        let said = text(&error, "error_description");
        assert!(said.contains(reason), "{reason}: {said}");
    }
    assert!(world.store.list_clients().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_written_as_it_must_be_is_refused_with_its_reason() {
    let world = world().await;
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA" }] });
    let cases = vec![
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
    ];
    all_refused(&world, cases).await;
}

#[tokio::test]
async fn what_contradicts_itself_or_is_not_offered_is_refused_with_its_reason() {
    let world = world().await;
    let cases = vec![
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
    ];
    all_refused(&world, cases).await;
}

#[tokio::test]
async fn statements_other_types_and_floods_are_refused() {
    let world = world().await;
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
async fn an_app_that_nobody_invited_is_told_of_an_error_when_somebody_has_signed_in() {
    let world = world().await;
    let client = world.registered(&app()).await;
    let id = text(&client, "client_id");
    let callback = ("redirect_uri", "https://shop.test/cb");
    let unknown = ("scope", "nothing");
    for (more, carrier) in [(None, "?"), (Some(("response_mode", "fragment")), "#")] {
        let asked: Vec<_> = [callback, unknown].into_iter().chain(more).collect();
        let mut browser = world.browser();
        let answer = browser.authorize(id, &asked).await;
        assert!(
            answer.location().starts_with("/login?i="),
            "{}",
            answer.location()
        );
        // A request that came in a form is the same.
        let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
        let resume = world
            .send(post, request(id, &asked))
            .await
            .location()
            .to_owned();
        assert!(
            browser
                .get(&resume)
                .await
                .location()
                .starts_with("/login?i=")
        );
        browser.sign_in("alice").await;
        for back in [
            browser.get(&resume).await,
            browser.authorize(id, &asked).await,
        ] {
            let sent = format!("https://shop.test/cb{carrier}error=invalid_scope&");
            assert!(back.location().starts_with(&sent), "{}", back.location());
            assert!(
                back.location().contains("state=st-1"),
                "{}",
                back.location()
            );
        }
    }

    // The first mistake is the one that is told, however little was read before it.
    let mut browser = world.browser();
    let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
    let asked = [callback, ("scope", "openid"), ("response_type", "")];
    let resume = world
        .send(post, request(id, &asked))
        .await
        .location()
        .to_owned();
    browser.sign_in("alice").await;
    let back = browser.get(&resume).await;
    assert!(
        back.location().contains("error=invalid_request&"),
        "{}",
        back.location()
    );

    // Whoever asks in silence gets the answer in silence, and an app of the operator's always.
    let mut browser = world.browser();
    let silent = [callback, ("scope", "openid"), ("prompt", "none")];
    let silent = browser.authorize(id, &silent).await;
    let sent = silent.sent_to("https://shop.test/cb?");
    assert_eq!(sent["error"], "login_required");
    let known = browser.authorize("c1", &[unknown]).await;
    assert_eq!(known.error(), "invalid_scope");
}

#[tokio::test]
async fn whoever_turns_back_to_an_app_that_nobody_invited_is_told_where_it_is() {
    let world = world().await;
    let client = world.registered(&app()).await;
    let id = text(&client, "client_id");
    let callback = ("redirect_uri", "https://shop.test/cb");
    for mode in ["query", "form_post"] {
        let asked = [callback, ("scope", "openid"), ("response_mode", mode)];
        let post = Request::post(format!("{PROD}/connect/authorize")).header(CONTENT_TYPE, FORM);
        let resume = world
            .send(post, request(id, &asked))
            .await
            .location()
            .to_owned();
        // The way back is known to whoever began here, so it sends nobody on.
        let cancelled = world.browser().get(&format!("{resume}&cancel=1")).await;
        assert!(!cancelled.headers.contains_key("location"));
        assert!(
            cancelled.body.contains("https://shop.test"),
            "{}",
            cancelled.body
        );
        let page = if mode == "query" {
            "held-page"
        } else {
            "form-post-page"
        };
        assert!(
            cancelled.body.contains(&format!("id=\"{page}\"")),
            "{}",
            cancelled.body
        );
        assert!(!cancelled.body.contains("data-submits"));
    }
}
