//! Implicit and hybrid flows, for clients that opted in; and answers as signed JWTs.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use http::StatusCode;
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::base::encoding::base64url;
use crate::model::client::{Flows, GrantKind, IdTokenClaims, ResponseType};

/// C1 may use every flow.
async fn every_flow() -> World {
    world_with(|clients| {
        clients[0].flows = Flows {
            response_types: ResponseType::ALL.to_vec(),
            grants: vec![GrantKind::AuthorizationCode, GrantKind::Implicit],
        };
        clients[0].pkce = crate::model::Pkce::Optional;
    })
    .await
}

/// The parameters in the fragment of a redirect to C1.
#[track_caller]
fn fragment(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let rest = answer.location().strip_prefix("https://c1.test/cb#");
    let rest = rest.unwrap_or_else(|| panic!("{}", answer.location()));
    url::form_urlencoded::parse(rest.as_bytes())
        .into_owned()
        .collect()
}

fn half_hash(text: &str) -> String {
    base64url(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

fn claims(sent: &BTreeMap<String, String>) -> Value {
    payload(&json!(sent["id_token"]))
}

#[tokio::test]
async fn each_response_type_answers_with_what_it_names_in_the_fragment() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    for response_type in ResponseType::ALL.into_iter().skip(1) {
        let name = response_type.to_string();
        let answer = browser.authorize("c1", &[("response_type", &name)]).await;
        let sent = fragment(&answer);
        assert_eq!(sent.contains_key("code"), response_type.code, "{name}");
        assert_eq!(sent.contains_key("id_token"), response_type.id_token);
        assert_eq!(sent.contains_key("access_token"), response_type.token);
        assert_eq!(
            (&*sent["state"], &*sent["iss"]),
            ("st-1", "https://gw.test/production/oidc")
        );
        if response_type.token {
            assert_eq!(
                (&*sent["token_type"], &*sent["expires_in"]),
                ("Bearer", "1800")
            );
            let userinfo = world.userinfo(&sent["access_token"]).await;
            assert_eq!(userinfo.json()["sub"], "u-alice");
        }
        if response_type.id_token {
            let claims = claims(&sent);
            assert_eq!(claims["nonce"], "n-1");
            let hash = |name: &str| sent.get(name).map(|text| json!(half_hash(text)));
            assert_eq!(
                claims.get("at_hash").cloned(),
                hash("access_token"),
                "{name}"
            );
            assert_eq!(claims.get("c_hash").cloned(), hash("code"), "{name}");
        }
        if response_type.code {
            let redeemed = world.redeem("c1", &sent["code"]).await.json();
            assert_eq!(payload(&redeemed["id_token"])["sub"], "u-alice");
        }
    }
}

#[tokio::test]
async fn auz_09_a_client_gets_only_the_response_types_it_is_registered_for() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    for response_type in ["token", "id_token", "code token", "code id_token token"] {
        let answer = browser
            .authorize("c1", &[("response_type", response_type)])
            .await;
        assert_eq!(fragment(&answer)["error"], "unauthorized_client");
        assert_eq!(fragment(&answer).len(), 4, "error, description, state, iss");
    }
    for unknown in ["none", "code code", "CODE", "code  token", "device"] {
        let answer = browser.authorize("c1", &[("response_type", unknown)]).await;
        assert_eq!(answer.error(), "unsupported_response_type", "{unknown}");
    }
}

#[tokio::test]
async fn auz_10_an_id_token_needs_a_nonce_and_tokens_never_travel_in_a_query() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    for response_type in ["id_token", "id_token token", "code id_token"] {
        let request = [("response_type", response_type), ("nonce", "")];
        let sent = fragment(&browser.authorize("c1", &request).await);
        assert_eq!(sent["error"], "invalid_request", "{response_type}");
        assert!(sent["error_description"].contains("nonce"));
    }
    let without = [("response_type", "code token"), ("nonce", "")];
    let sent = fragment(&browser.authorize("c1", &without).await);
    assert!(sent.contains_key("code"));
    for mode in ["query", "query.jwt"] {
        let request = [("response_type", "code token"), ("response_mode", mode)];
        let sent = fragment(&browser.authorize("c1", &request).await);
        assert_eq!(sent["error"], "invalid_request", "{mode}");
    }
}

#[tokio::test]
async fn an_id_token_needs_the_scope_openid_and_nothing_offline_comes_without_a_code() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    let request = [("response_type", "id_token"), ("scope", "email")];
    let sent = fragment(&browser.authorize("c1", &request).await);
    assert_eq!(sent["error"], "invalid_scope");
    let request = [
        ("response_type", "id_token token"),
        ("scope", "openid offline_access"),
    ];
    let sent = fragment(&browser.authorize("c1", &request).await);
    assert_eq!(sent["scope"], "openid");
}

#[tokio::test]
async fn an_id_token_that_comes_alone_has_every_claim_even_where_they_are_kept_minimal() {
    let world = world_with(|clients| {
        clients[0].flows.response_types = ResponseType::ALL.to_vec();
        clients[0].id_token_claims = Some(IdTokenClaims::Minimal);
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    for (response_type, email) in [
        ("id_token", json!("alice@corp.test")),
        ("id_token token", Value::Null),
        ("code id_token", Value::Null),
    ] {
        let request = [("response_type", response_type), ("scope", "openid email")];
        let sent = fragment(&browser.authorize("c1", &request).await);
        assert_eq!(claims(&sent)["email"], email, "{response_type}");
    }
}

#[tokio::test]
async fn tokens_of_the_front_channel_end_with_their_session_and_by_revocation() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    let request = [("response_type", "id_token token")];
    let [first, second] = [
        fragment(&browser.authorize("c1", &request).await),
        fragment(&browser.authorize("c1", &request).await),
    ];
    let session = claims(&first)["sid"].as_str().unwrap().to_owned();
    let revoked = world.revoke("c1", &first["access_token"]).await;
    assert_eq!(revoked.status, StatusCode::OK);
    let status = |token: String| {
        let world = &world;
        async move { world.userinfo(&token).await.status }
    };
    assert_eq!(
        status(first["access_token"].clone()).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(status(second["access_token"].clone()).await, StatusCode::OK);
    world.sessions.end(&session.into()).await.unwrap();
    assert_eq!(
        status(second["access_token"].clone()).await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_client_whose_tokens_are_bound_gets_none_where_they_cannot_be() {
    for certificates in [false, true] {
        let world = world_with(|clients| {
            clients[0].flows.response_types = ResponseType::ALL.to_vec();
            clients[0].security.require_dpop = !certificates;
            clients[0].security.certificate_bound_tokens = certificates;
        })
        .await;
        let mut browser = world.signed_in("alice").await;
        for response_type in ["id_token token", "code token", "code id_token token"] {
            let request = [("response_type", response_type)];
            let sent = fragment(&browser.authorize("c1", &request).await);
            assert_eq!(sent["error"], "unauthorized_client", "{response_type}");
        }
    }
}

#[tokio::test]
async fn a_posted_answer_holds_tokens_too() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    let request = [
        ("response_type", "code id_token"),
        ("response_mode", "form_post"),
    ];
    let answer = browser.authorize("c1", &request).await;
    assert_eq!(answer.status, StatusCode::OK);
    for name in ["code", "id_token", "state", "iss"] {
        assert!(answer.body.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let refused = [
        ("response_type", "code id_token"),
        ("response_mode", "form_post"),
        ("nonce", ""),
    ];
    let answer = browser.authorize("c1", &refused).await;
    assert!(answer.body.contains("name=\"error\""), "{}", answer.body);
}

#[tokio::test]
async fn a_signed_answer_is_one_jwt_for_this_client_whatever_it_says() {
    let world = every_flow().await;
    let mut browser = world.signed_in("alice").await;
    for (mode, response_type, carried_in) in [
        ("jwt", "code", '?'),
        ("query.jwt", "code", '?'),
        ("fragment.jwt", "code", '#'),
        ("jwt", "code id_token", '#'),
    ] {
        for scope in ["openid", "nothing-known"] {
            let request = [
                ("response_mode", mode),
                ("response_type", response_type),
                ("scope", scope),
            ];
            let answer = browser.authorize("c1", &request).await;
            let (_, carried) = answer.location().split_once(carried_in).unwrap();
            let jwt = carried.strip_prefix("response=").unwrap();
            assert!(!jwt.contains('&'), "{carried}");
            let says = payload(&json!(jwt));
            assert_eq!(
                (&says["aud"], &says["state"]),
                (&json!("c1"), &json!("st-1"))
            );
            assert_eq!(says["iss"], "https://gw.test/production/oidc");
            assert_eq!(
                says["exp"].as_i64().unwrap() - says["iat"].as_i64().unwrap(),
                300
            );
            assert_eq!(says.get("code").is_some(), scope == "openid", "{mode}");
            assert_eq!(says.get("error").is_some(), scope != "openid", "{mode}");
            // Nothing but an answer: as a hint it is nobody's.
            let hinted = browser.authorize("c1", &[("id_token_hint", jwt)]).await;
            assert_eq!(hinted.error(), "invalid_request");
        }
    }
}
