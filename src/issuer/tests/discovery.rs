//! What relying parties read first.

use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use http::{Request, StatusCode};
use serde_json::Value;

use super::browser::Answer;
use super::world::*;
use crate::tokens::{Haste, KeyOwner};

async fn read(world: &World, path: &str) -> Answer {
    world.send(Request::get(path), String::new()).await
}

#[tokio::test]
async fn discovery_is_at_every_address_of_both_specifications_and_says_the_exact_issuer() {
    let world = world().await;
    for issuer in [PROD, BETA] {
        let mut told = Vec::new();
        for path in [
            format!("{issuer}/.well-known/openid-configuration"),
            format!("{issuer}/.well-known/oauth-authorization-server"),
            format!("/.well-known/openid-configuration{issuer}"),
            format!("/.well-known/oauth-authorization-server{issuer}"),
        ] {
            let answer = read(&world, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.headers["content-type"], "application/json");
            told.push(answer.json());
        }
        told.dedup();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["issuer"], format!("https://gw.test{issuer}"));
    }
}

#[tokio::test]
async fn what_discovery_says_is_what_is_done() {
    let world = world_with_every_key().await;
    let told = read(&world, &format!("{PROD}/.well-known/openid-configuration"))
        .await
        .json();
    let list = |name: &str| -> Vec<String> {
        let list = told[name].as_array().unwrap();
        list.iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list("response_types_supported").len(), 7);
    let asked = format!("{PROD}/connect/device?ui_locales=cs");
    let page = world.signed_in("alice").await.get(&asked).await;
    let [language] = list("ui_locales_supported").try_into().unwrap();
    assert!(page.body.contains(&format!("<html lang=\"{language}\">")));
    for kind in ["code", "id_token", "id_token token", "code id_token token"] {
        assert!(list("response_types_supported").contains(&kind.to_owned()));
    }
    for mode in ["query", "fragment", "form_post", "jwt", "form_post.jwt"] {
        assert!(list("response_modes_supported").contains(&mode.to_owned()));
    }
    assert_eq!(list("acr_values_supported"), ["1", "2"]);
    for grant in ["authorization_code", "refresh_token", "implicit"] {
        assert!(list("grant_types_supported").contains(&grant.to_owned()));
    }
    assert_eq!(list("code_challenge_methods_supported"), ["S256"]);
    for way in ["backchannel", "frontchannel"] {
        assert_eq!(told[format!("{way}_logout_supported")], true);
        assert_eq!(told[format!("{way}_logout_session_supported")], true);
    }
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        assert!(list("token_endpoint_auth_methods_supported").contains(&method.to_owned()));
    }
    assert_eq!(
        list("id_token_signing_alg_values_supported"),
        ["ES256", "RS256"]
    );
    assert!(list("scopes_supported").contains(&"openid".to_owned()));
    for told in ["request_uri", "request", "claims"]
        .map(|name| &told[format!("{name}_parameter_supported")])
    {
        assert_eq!(told, true);
    }
    let objects = list("request_object_signing_alg_values_supported");
    assert!(objects.contains(&"RS256".to_owned()) && !objects.contains(&"none".to_owned()));
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn every_address_that_discovery_names_is_there() {
    let world = world_with_every_key().await;
    let told = read(&world, &format!("{PROD}/.well-known/openid-configuration"))
        .await
        .json();
    for endpoint in [
        "authorization",
        "token",
        "userinfo",
        "end_session",
        "revocation",
    ] {
        let url = told[format!("{endpoint}_endpoint")].as_str().unwrap();
        let path = url.strip_prefix(SITE).unwrap();
        assert_ne!(
            read(&world, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let jwks = told["jwks_uri"]
        .as_str()
        .unwrap()
        .strip_prefix(SITE)
        .unwrap();
    let jwks = read(&world, jwks).await.json();
    let algs: Vec<_> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["alg"].clone())
        .collect();
    assert!(algs.contains(&Value::from("RS256")) && algs.contains(&Value::from("ES256")));
}

#[tokio::test]
async fn documents_may_be_kept_and_are_not_sent_twice() {
    let world = world().await;
    for path in [
        format!("{PROD}/jwks"),
        format!("{PROD}/.well-known/openid-configuration"),
    ] {
        let answer = read(&world, &path).await;
        assert_eq!(answer.headers[CACHE_CONTROL], "public, max-age=3600");
        let again = Request::get(&path).header(IF_NONE_MATCH, &answer.headers[ETAG]);
        let again = world.send(again, String::new()).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert_eq!(again.body, "");
        let other = Request::get(&path).header(IF_NONE_MATCH, "\"other\"");
        assert_eq!(
            world.send(other, String::new()).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn each_issuer_has_its_own_keys_and_a_rotation_shows_old_and_new() {
    let world = world().await;
    let kids = async |issuer: &str| -> Vec<String> {
        let jwks = read(&world, &format!("{issuer}/jwks")).await.json();
        let keys = jwks["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let (prod, beta) = (kids(PROD).await, kids(BETA).await);
    assert!(prod.iter().all(|kid| !beta.contains(kid)));

    let before = world.tokens_for("alice", "c1").await;
    let owner = KeyOwner::issuer_name(&"production".into());
    let keyrings = world.tokens.keyrings();
    let made = keyrings
        .rotate(&owner, None, Haste::SignAtOnce)
        .await
        .unwrap();
    let after = kids(PROD).await;
    assert!(prod.iter().all(|kid| after.contains(kid)));
    assert_eq!(after.len(), prod.len() + made.len());
    assert_eq!(kids(BETA).await, beta);
    let access = before["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);
}
