//! Addresses that others give us: whatever stands in them, nothing inside is called.

use serde_json::{Value, json};

use super::PEOPLE;
use crate::support::oidc::{self, CALLBACK, SHOP, authorize_url};
use crate::support::{Browser, Recorder, Setup};

const ISSUER: &str = r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
registration = { mode = "open", per_ip = "1000/1m" }
"#;

#[tokio::test]
async fn srf_01_no_address_that_a_client_names_leads_inside() {
    let inside = Recorder::start();
    let port = inside.port();
    let server = Setup::plain().with(ISSUER).ada_and_bob().start();
    let mut browser = Browser::new(&server);
    let http = browser.client().clone();
    let register = server.url("/production/oidc/connect/register");
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "metadata.google.internal",
    ];
    for host in hosts {
        let url = format!("https://{host}:{port}/x");
        for (member, value) in [
            ("jwks_uri", json!(url)),
            ("request_uris", json!([url])),
            ("sector_identifier_uri", json!(url)),
            ("backchannel_logout_uri", json!(url)),
            ("logo_uri", json!(url)),
        ] {
            let mut app = json!({ "client_name": "Inside", "redirect_uris": [CALLBACK] });
            app[member] = value;
            if member == "jwks_uri" {
                app["token_endpoint_auth_method"] = json!("private_key_jwt");
            }
            let answer = http.post(&register).json(&app).send().await.unwrap();
            let status = answer.status().as_u16();
            assert!(matches!(status, 201 | 400), "{member} {host}: {status}");
            if status == 400 {
                continue;
            }
            // It was taken, and is called for what it was given for, or never.
            let text = answer.bytes().await.unwrap();
            let client: Value = serde_json::from_slice(&text).unwrap();
            let id = client["client_id"].as_str().unwrap();
            let assertion = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA";
            let parameters = [
                ("grant_type", "client_credentials"),
                ("client_id", id),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", assertion),
            ];
            let told = oidc::token(&http, &oidc::token_url(&server), &parameters).await;
            assert!(
                (400..500).contains(&told.unwrap().status),
                "{member} {host}"
            );
            for more in [&[][..], &[("request_uri", url.as_str())]] {
                let asked = [&[("client_id", id)][..], more].concat();
                browser.open_once(authorize_url(&server, &asked)).await;
            }
        }
    }
    inside.saw_nothing();
}

#[tokio::test]
async fn srf_07_a_picture_is_an_address_that_only_browsers_open() {
    let inside = Recorder::start();
    let server = Setup::plain().with(SHOP).ada_and_bob().start();
    let picture = format!("picture=http://127.0.0.1:{}/p.png", inside.port());
    let said = server.cli(&["user", "attr", "bob", &picture], "");
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut browser = Browser::new(&server);
    let (who, password) = PEOPLE[1];
    let page = browser.sign_in(server.url("/login"), who, password).await;
    assert!(page.status < 400, "{}", page.body);
    let page = browser.open(server.url("/account")).await;
    assert!(
        !page.body.contains(&inside.port().to_string()),
        "{}",
        page.body
    );
    let code = oidc::code(&mut browser, &server, &[]).await;
    let http = browser.client().clone();
    let told = oidc::redeem(&http, &oidc::token_url(&server), &code)
        .await
        .unwrap();
    let access = told.text("access_token");
    assert_eq!(oidc::userinfo(&browser, &server, &access).await.status, 200);
    inside.saw_nothing();
}
