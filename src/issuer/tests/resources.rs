//! Resource indicators: for whom tokens are, and who may ask.

use http::StatusCode;
use serde_json::{Value, json};

use super::world::*;

const ALL: &str = "openid profile booking:read files:read";

/// C1 may ask for both APIs, C2 for none.
async fn apis() -> World {
    world_with(|clients| clients[0] = with_apis(confidential("c1"))).await
}

impl World {
    /// The code of C1's request.
    async fn asked(&self, more: &[(&str, &str)]) -> String {
        let mut browser = self.signed_in("alice").await;
        let answer = browser.authorize("c1", more).await;
        answer.sent_to(C1_CB)["code"].clone()
    }

    /// Redeems C1's code with more in the request.
    async fn redeemed_with(&self, code: &str, more: &[(&str, &str)]) -> super::browser::Answer {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", C1_CB),
            ("code_verifier", VERIFIER),
        ];
        form.extend(more);
        self.token(PROD, "c1", &form).await
    }
}

fn access(answer: &Value) -> Value {
    payload(&answer["access_token"])
}

#[tokio::test]
async fn a_token_for_an_api_is_for_that_api_alone_and_holds_its_scopes_only() {
    let world = apis().await;
    let scope = "openid profile booking:read";
    let code = world
        .asked(&[("scope", scope), ("resource", BOOKINGS)])
        .await;
    let answer = world.redeem("c1", &code).await.json();
    let token = access(&answer);
    assert_eq!(token["aud"], BOOKINGS);
    assert_eq!(token["scope"], "booking:read");
    assert_eq!(token["client_id"], "c1");
    // What was granted besides is in the ID token, and can be had with another token.
    assert_eq!(answer["scope"], "booking:read openid profile");
    assert_eq!(payload(&answer["id_token"])["name"], "The person alice");
    let refused = world
        .userinfo(answer["access_token"].as_str().unwrap())
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn several_apis_can_be_granted_and_each_token_narrowed_to_one() {
    let world = apis().await;
    let both = [("scope", ALL), ("resource", BOOKINGS), ("resource", FILES)];
    let query = format!("{}&resource={FILES}", request("c1", &both[..2]));
    let mut browser = world.signed_in("alice").await;
    let path = format!("{PROD}/connect/authorize?{query}");
    let code = browser.get(&path).await.sent_to(C1_CB)["code"].clone();
    let answer = world.redeem("c1", &code).await.json();
    assert_eq!(access(&answer)["aud"], json!([BOOKINGS, FILES]));
    assert_eq!(access(&answer)["scope"], "booking:read files:read");
    // As short-lived as the strictest of them says.
    assert_eq!(answer["expires_in"], 120);

    let refresh = answer["refresh_token"].as_str().unwrap();
    let narrow = |resource, refresh| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("resource", resource),
        ]
    };
    let narrowed = world
        .token(PROD, "c1", &narrow(BOOKINGS, refresh))
        .await
        .json();
    assert_eq!(access(&narrowed)["aud"], BOOKINGS);
    assert_eq!(access(&narrowed)["scope"], "booking:read");
    assert_eq!(narrowed["expires_in"], 1800);
    // The grant stays as wide as it was.
    let refresh = narrowed["refresh_token"].as_str().unwrap();
    let other = world
        .token(PROD, "c1", &narrow(FILES, refresh))
        .await
        .json();
    assert_eq!(access(&other)["aud"], FILES);
    // What was not granted is not had, and the attempt spends nothing.
    let refresh = other["refresh_token"].as_str().unwrap();
    let issuer = format!("{SITE}{PROD}");
    let refused = world.token(PROD, "c1", &narrow(&issuer, refresh)).await;
    assert_eq!(refused.json()["error"], "invalid_target");
    assert_eq!(world.refresh("c1", refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_resource_the_scopes_say_whom_a_token_is_for() {
    let world = apis().await;
    let issuer = format!("{SITE}{PROD}");
    for (scope, audience) in [
        ("openid profile", json!(issuer)),
        ("openid booking:read", json!([issuer, BOOKINGS])),
        ("booking:read booking:write", json!(BOOKINGS)),
        ("booking:read offline_access", json!(BOOKINGS)),
    ] {
        let code = world.asked(&[("scope", scope)]).await;
        let answer = world.redeem("c1", &code).await.json();
        assert_eq!(access(&answer)["aud"], audience, "{scope}");
    }
    // At userinfo counts whether the issuer is among them.
    let code = world.asked(&[("scope", "openid booking:read")]).await;
    let answer = world.redeem("c1", &code).await.json();
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(token).await.status, StatusCode::OK);
    // A code can be narrowed, too; a resource that was not granted burns no code.
    let code = world.asked(&[("scope", "openid booking:read")]).await;
    let refused = world.redeemed_with(&code, &[("resource", FILES)]).await;
    assert_eq!(refused.json()["error"], "invalid_target");
    let answer = world
        .redeemed_with(&code, &[("resource", &issuer)])
        .await
        .json();
    assert_eq!(
        (&access(&answer)["aud"], &access(&answer)["scope"]),
        (&json!(issuer), &json!("openid"))
    );
}

#[tokio::test]
async fn a_resource_that_is_no_uri_or_unknown_or_not_open_to_the_client_is_no_target() {
    let world = apis().await;
    let mut browser = world.signed_in("alice").await;
    let bad = [
        "bookings",
        "https://bookings.test#x",
        "https://bookings.test/",
        "https://x.test",
    ];
    for resource in bad {
        let answer = browser.authorize("c1", &[("resource", resource)]).await;
        assert_eq!(answer.error(), "invalid_target", "{resource}");
        let code = world.asked(&[]).await;
        let answer = world.redeemed_with(&code, &[("resource", resource)]).await;
        assert_eq!(answer.json()["error"], "invalid_target", "{resource}");
        assert_eq!(world.redeem("c1", &code).await.status, StatusCode::OK);
    }
    let answer = browser.authorize("c2", &[("resource", BOOKINGS)]).await;
    assert_eq!(answer.error(), "invalid_target");
}

#[tokio::test]
async fn a_client_may_be_open_to_an_api_without_any_scope() {
    let world = world_with(|clients| clients[0].resources = vec![BOOKINGS.to_owned()]).await;
    let code = world.asked(&[("resource", BOOKINGS)]).await;
    let answer = world.redeem("c1", &code).await.json();
    assert_eq!(
        (&access(&answer)["aud"], &access(&answer)["scope"]),
        (&json!(BOOKINGS), &json!(""))
    );
}

#[tokio::test]
async fn tok_19_a_scope_is_granted_to_clients_that_have_it_and_for_its_own_api_only() {
    let world = apis().await;
    let mut browser = world.signed_in("alice").await;
    // C2 is not registered for it: refused, not ignored.
    let answer = browser
        .authorize("c2", &[("scope", "openid booking:read")])
        .await;
    assert_eq!(answer.error(), "invalid_scope");
    // A scope of one API at another.
    let crossed = [("scope", "openid booking:read"), ("resource", FILES)];
    assert_eq!(
        browser.authorize("c1", &crossed).await.error(),
        "invalid_scope"
    );
    // Which API would the token be for?
    let both = ("scope", "booking:read files:read");
    assert_eq!(
        browser.authorize("c1", &[both]).await.error(),
        "invalid_scope"
    );
}
