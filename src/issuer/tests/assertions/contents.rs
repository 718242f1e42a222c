//! What an assertion has to say.

use super::*;

#[tokio::test]
async fn tok_03_an_assertion_is_for_the_exact_issuer_and_nobody_else() {
    let world = world().await;
    let endpoint = format!("{ISS}/connect/token");
    let cases = [
        (json!(ISS), true, true, true),
        (json!(endpoint), false, true, false),
        (json!([ISS]), false, false, false),
        (json!([ISS, endpoint]), false, false, false),
        (json!([endpoint]), false, false, false),
        (json!(format!("{ISS}/")), false, false, false),
        (
            json!(format!("{ISS}/connect/introspect")),
            false,
            false,
            false,
        ),
        (json!("https://gw.test/beta/oidc"), false, false, false),
        (json!("https://other.test"), false, false, false),
        (json!(ISS.to_uppercase()), false, false, false),
        (json!({}), false, false, false),
        (json!(7), false, false, false),
        (json!(""), false, false, false),
        (Value::Null, false, false, false),
    ];
    for (aud, strict, lenient, fapi) in cases {
        for (client, good) in [("k1", strict), ("k2", lenient), ("f1", fapi)] {
            let assertion = PS.sign(&claims(&world, client, &json!({ "aud": aud })));
            let status = present(&world, &assertion).await;
            assert_eq!(status == StatusCode::OK, good, "{client} {aud}");
        }
    }
}

#[tokio::test]
async fn tok_04_an_assertion_is_used_once_and_soon() {
    let world = world().await;
    let now = world.clock.now().seconds();
    let assertion = ES.sign(&claims(&world, "k1", &Value::Null));
    let many = (0..8).map(|_| present(&world, &assertion));
    let many = futures::future::join_all(many).await;
    let good = many.iter().filter(|status| **status == StatusCode::OK);
    assert_eq!(good.count(), 1, "{many:?}");
    // What another client did with the same jti is its own affair.
    let jti = json!({ "jti": "the same" });
    for client in ["k1", "k2"] {
        let assertion = ES.sign(&claims(&world, client, &jti));
        assert_eq!(
            present(&world, &assertion).await,
            StatusCode::OK,
            "{client}"
        );
    }
    for (more, good) in [
        (json!({ "jti": null }), false),
        (json!({ "jti": "" }), false),
        (json!({ "jti": 7 }), false),
        (json!({ "jti": "j".repeat(600) }), false),
        (json!({ "exp": null }), false),
        (json!({ "exp": now - 11 }), false),
        (json!({ "exp": now - 5 }), true),
        (json!({ "exp": now + 3600 }), true),
        (json!({ "exp": now + 24 * 3600 }), false),
        (json!({ "exp": (now + 60).to_string() }), false),
        (json!({ "nbf": now + 8 }), true),
        (json!({ "nbf": now + 60 }), false),
        (json!({ "nbf": "x" }), false),
        (json!({ "iat": now + 60 }), false),
        (json!({ "iat": null }), true),
        (json!({ "iss": "k2" }), false),
        (json!({ "iss": null }), false),
        (json!({ "sub": null }), false),
        (json!({ "sub": "k2" }), false),
    ] {
        let assertion = ES.sign(&claims(&world, "k1", &more));
        let status = present(&world, &assertion).await;
        assert_eq!(status == StatusCode::OK, good, "{more}");
    }
}

#[tokio::test]
async fn tok_04_a_strangers_attempt_does_not_use_up_an_assertion() {
    let world = world().await;
    let good = claims(&world, "k1", &Value::Null);
    assert_eq!(
        present(&world, &OTHER.sign(&good)).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(present(&world, &ES.sign(&good)).await, StatusCode::OK);
}

#[tokio::test]
async fn jwt_04_jwt_09_an_assertion_has_no_extension_key_or_other_type() {
    let world = world().await;
    for (more, good) in [
        (json!({}), true),
        (json!({ "typ": "JWT" }), true),
        (json!({ "typ": "client-authentication+jwt" }), true),
        (json!({ "typ": "at+jwt" }), false),
        (json!({ "typ": "dpop+jwt" }), false),
        (json!({ "crit": ["x"] }), false),
        (json!({ "jku": "https://evil.test/" }), false),
        (json!({ "jwk": OTHER.jwk() }), false),
        (json!({ "alg": "none" }), false),
        (json!({ "alg": "HS256" }), false),
    ] {
        let mut header = json!({ "alg": "ES256", "kid": "es" });
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        let assertion = ES.sign_as(&header, &claims(&world, "k1", &Value::Null));
        let status = present(&world, &assertion).await;
        assert_eq!(status == StatusCode::OK, good, "{more}");
    }
}
