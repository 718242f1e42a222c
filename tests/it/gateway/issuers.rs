//! Several issuers in one process: no spelling of a path leads from one to another.

use super::House;
use crate::support::oidc::{self, SHOP};
use crate::support::{Browser, Recorder, Setup, server::BOB};

const BETA: &str = r#"
[issuer.beta]
path = "/beta/oidc"
[client.trial]
issuer = "beta"
redirect_uris = ["http://127.0.0.1:9/cb"]
consent = "skip"
"#;

fn house() -> House {
    let upstream = Recorder::start();
    let shop = SHOP.replace(
        "name = \"Shop\"",
        "name = \"Shop\"\nissuer = \"production\"",
    );
    let setup = Setup::plain().with(&shop).with(BETA).ada_and_bob();
    House {
        server: setup.start(),
        upstream,
    }
}

/// Posts a form to `target` as it is written.
fn post(house: &House, target: &str, form: &str) -> (u16, String) {
    let url = url::Url::parse(&house.server.url("/")).unwrap();
    let host = url.host_str().unwrap();
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}:{}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        house.server.port(),
        form.len(),
    );
    let answer = house.send(request.as_bytes());
    (answer.status, answer.text())
}

#[tokio::test]
async fn ten_07_no_spelling_of_a_path_leads_to_another_issuer() {
    let house = house();
    let mut browser = Browser::new(&house.server);
    let page = browser
        .sign_in(house.server.url("/account"), "bob", BOB)
        .await;
    assert_eq!(page.status, 200);
    let code = oidc::code(&mut browser, &house.server, &[]).await;
    let form = |client: &str| {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", client)
            .append_pair("code", &code)
            .append_pair("redirect_uri", oidc::CALLBACK)
            .append_pair("code_verifier", oidc::VERIFIER)
            .finish()
    };
    for target in [
        "/beta/oidc/../../production/oidc/connect/token",
        "/beta/oidc/%2e%2e/%2e%2e/production/oidc/connect/token",
        "/beta/oidc/..%2f..%2fproduction/oidc/connect/token",
        "/beta/oidc/..;/../production/oidc/connect/token",
        "//production/oidc/connect/token",
        "/production//oidc/connect/token",
        "/production/oidc//connect/token",
        "/production/oidc/connect//token",
        "/production/oidc/./connect/token",
        "/production/oidc/connect/token/",
        "/PRODUCTION/oidc/connect/token",
        "/production/OIDC/connect/token",
        "/production/oidc/connect/Token",
        "/production%2foidc/connect/token",
        "/production%2Foidc/connect/token",
        "/production\\oidc\\connect\\token",
        "/production/oidc/connect/token;x=y",
        "/production/oidc/connect/%74oken%00",
    ] {
        let (status, body) = post(&house, target, &form("shop"));
        assert!(matches!(status, 400 | 404), "{target}: {status} {body}");
        assert!(!body.contains("access_token"), "{target}: {body}");
    }
    for (target, client) in [
        ("/beta/oidc/connect/token", "shop"),
        ("/beta/oidc/connect/token", "trial"),
        ("/production/oidc/connect/token", "trial"),
    ] {
        let (status, body) = post(&house, target, &form(client));
        assert!(matches!(status, 400 | 401), "{target} {client}: {body}");
        assert!(body.contains("invalid_"), "{target} {client}: {body}");
    }
    let (status, body) = post(&house, "/production/oidc/connect/token", &form("shop"));
    assert_eq!(status, 200, "{body}");
}

#[test]
fn ten_07_each_issuer_is_found_under_both_well_known_forms_and_no_other() {
    let house = house();
    let url = url::Url::parse(&house.server.url("/")).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), house.server.port());
    for (own, path) in [("production", "/production/oidc"), ("beta", "/beta/oidc")] {
        for target in [
            format!("{path}/.well-known/openid-configuration"),
            format!("/.well-known/openid-configuration{path}"),
            format!("{path}/.well-known/oauth-authorization-server"),
            format!("/.well-known/oauth-authorization-server{path}"),
        ] {
            let answer = house.get(&host, &target, &[]);
            assert_eq!(answer.status, 200, "{target}");
            let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(said["issuer"], house.server.url(path), "{own}: {target}");
            let jwks = said["jwks_uri"].as_str().unwrap();
            assert!(jwks.starts_with(&house.server.url(path)), "{jwks}");
        }
    }
    for target in [
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/beta/oidc/../../production/oidc",
        "/.well-known/openid-configuration/beta",
        "/.well-known/openid-configuration//beta/oidc",
        "/beta/.well-known/openid-configuration",
        "/beta/oidc/..%2f..%2fproduction/oidc/.well-known/openid-configuration",
        "/Beta/oidc/.well-known/openid-configuration",
    ] {
        let answer = house.get(&host, target, &[]);
        assert!(
            matches!(answer.status, 400 | 404),
            "{target}: {}",
            answer.status
        );
    }
}
