//! What a client does with its registration, and what others cannot.

use super::*;
use crate::issuer::RegistrationMode;

#[tokio::test]
async fn a_registered_client_signs_people_in_and_what_it_was_given_dies_with_it() {
    let world = world_with_every_key().await;
    let client = world.registered(&app()).await;
    let id = text(&client, "client_id");
    let secret = text(&client, "client_secret");
    let mut alice = world.signed_in("alice").await;
    let callback = ("redirect_uri", "https://shop.test/cb");
    let page = alice.authorize(id, &[callback, ("scope", "openid")]).await;
    let answer = alice.press(&page, Some(("decision", "allow"))).await;
    let code = answer.sent_to("https://shop.test/cb")["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        callback,
        ("code_verifier", VERIFIER),
    ];
    let request = Request::post(format!("{PROD}/connect/token"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic(id, secret));
    let tokens = world.send(request, encode(&form)).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let tokens = tokens.json();
    let access = text(&tokens, "access_token");
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);

    let (path, own) = (
        own_path(&client),
        text(&client, "registration_access_token"),
    );
    let deleted = world.call(Method::DELETE, &path, own, &Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let page = alice.authorize(id, &[callback]).await;
    page.assert_local();
    let read = world.call(Method::GET, &path, own, &Value::Null).await;
    assert_eq!(read.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_registration_is_replaced_whole_by_its_own_client_only() {
    let world = world().await;
    let client = world
        .registered(&with(json!({ "tos_uri": "https://shop.test/tos" })))
        .await;
    let (path, own) = (
        own_path(&client),
        text(&client, "registration_access_token"),
    );
    let put = async |body: &Value| world.call(Method::PUT, &path, own, body).await;
    let id = &client["client_id"];
    for wrong in [
        app(),
        with(json!({ "client_id": "c1" })),
        with(json!({ "client_id": id, "client_secret": "dw_cs_wrong" })),
        with(json!({ "client_id": id, "redirect_uris": ["javascript:x"] })),
    ] {
        assert_eq!(put(&wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let right = with(json!({
        "client_id": id,
        "client_secret": client["client_secret"],
        "client_name": "Shop 2",
    }));
    let answer = put(&right).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let changed = answer.json();
    assert_eq!(changed["client_name"], "Shop 2");
    assert!(changed.get("tos_uri").is_none(), "what is left out is gone");
    assert_eq!(changed["registration_access_token"], own);
    let stored = world.store.load_client(&id.as_str().unwrap().into()).await;
    assert_eq!(stored.unwrap().unwrap().secrets.len(), 1);

    // To keys, and back: the old secret does not come back.
    let public = with(json!({ "client_id": id, "token_endpoint_auth_method": "none" }));
    assert_eq!(put(&public).await.status, StatusCode::OK);
    let again = put(&with(json!({ "client_id": id }))).await.json();
    assert_ne!(again["client_secret"], client["client_secret"]);
    assert!(again["client_secret"].is_string());
}

#[tokio::test]
async fn whoever_has_another_token_or_none_learns_nothing() {
    let world = world().await;
    let client = world.registered(&app()).await;
    let other = world.registered(&app()).await;
    let path = own_path(&client);
    let id = text(&client, "client_id");
    let own = text(&client, "registration_access_token");
    let foreign = text(&other, "registration_access_token");
    let secret = text(&client, "client_secret");
    let unknown = format!("{REGISTER}/nobody");
    let configured = format!("{REGISTER}/c1");
    let beta = format!("/beta/oidc/connect/register/{id}");
    let mut answers = Vec::new();
    for (path, token) in [
        (&path, foreign),
        (&path, secret),
        (&unknown, own),
        (&configured, own),
        (&beta, own),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = world.call(method, path, token, &app()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            answers.push((answer.headers["www-authenticate"].clone(), answer.body));
        }
    }
    let known = id.into();
    let disabled = world.store.change_client(&known, |c| c.disabled = true);
    disabled.await.unwrap();
    let answer = world.call(Method::GET, &path, own, &Value::Null).await;
    answers.push((answer.headers["www-authenticate"].clone(), answer.body));
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let nothing = world.call(Method::GET, &path, "", &Value::Null).await;
    assert_eq!(nothing.status, StatusCode::UNAUTHORIZED);
    let in_query = format!("{path}?access_token={own}");
    let in_query = world.call(Method::GET, &in_query, "", &Value::Null).await;
    assert_eq!(in_query.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_client_with_its_own_token_is_not_kept_waiting_by_what_its_network_does() {
    let world = world_adjusted(|issuer| {
        issuer.registration.mode = RegistrationMode::Open;
        issuer.registration.per_ip.count = 2;
    })
    .await;
    let client = world.registered(&app()).await;
    let (path, own) = (
        own_path(&client),
        text(&client, "registration_access_token"),
    );
    let replaced = with(json!({ "client_id": client["client_id"] }));
    let status = async |method, token, body: &Value| {
        let answer = world.call(method, &path, token, body).await;
        answer.status
    };
    for _ in 0..3 {
        let read = status(Method::GET, own, &Value::Null).await;
        assert_eq!(read, StatusCode::OK);
        assert_eq!(status(Method::PUT, own, &replaced).await, StatusCode::OK);
    }
    // Wrong ones are counted, and use up what registering uses.
    let wrong = status(Method::GET, "dw_wrong", &Value::Null).await;
    assert_eq!(wrong, StatusCode::UNAUTHORIZED);
    let wrong = status(Method::GET, "dw_wrong", &Value::Null).await;
    assert_eq!(wrong, StatusCode::TOO_MANY_REQUESTS);
    let another = world.register(&app()).await;
    assert_eq!(another.status, StatusCode::TOO_MANY_REQUESTS);
    let read = status(Method::GET, own, &Value::Null).await;
    assert_eq!(read, StatusCode::OK);
}
