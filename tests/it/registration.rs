//! An app that registers itself with the running server, signs somebody in, reads, changes and
//! deletes what it registered.

use serde_json::{Value, json};

use crate::support::oidc::{self, CALLBACK, VERIFIER};
use crate::support::server::{ADA, Doorward};
use crate::support::{Browser, Setup};

const ISSUER: &str = r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
registration = { mode = "token", consent = "skip" }
"#;

/// Sends JSON with a bearer token; the status and what came back.
async fn call(
    client: &reqwest::Client,
    method: reqwest::Method,
    url: &str,
    token: &str,
    body: &Value,
) -> (u16, Value) {
    let request = client.request(method, url).bearer_auth(token).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&text).unwrap_or_default())
}

fn initial_token(server: &Doorward) -> String {
    let said = server.cli(&["client", "initial-access-token", "--json"], "");
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    json["initial_access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_app_registers_signs_somebody_in_changes_its_mind_and_leaves() {
    use reqwest::Method;
    let server = Setup::plain().with(ISSUER).ada_and_bob().start();
    let mut browser = Browser::new(&server);
    let http = browser.client().clone();
    let discovery = server.url("/production/oidc/.well-known/openid-configuration");
    let discovery: Value = http
        .get(discovery)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let endpoint = discovery["registration_endpoint"].as_str().unwrap();

    let mut app = json!({
        "client_name": "Self-made",
        "redirect_uris": [CALLBACK],
        "policy_uri": "https://self.example/policy",
        "tos_uri": "https://self.example/tos",
    });
    let token = initial_token(&server);
    let (status, _) = call(&http, Method::POST, endpoint, "dw_iat_no", &app).await;
    assert_eq!(status, 401);
    let (status, client) = call(&http, Method::POST, endpoint, &token, &app).await;
    assert_eq!(status, 201, "{client}");
    let (status, _) = call(&http, Method::POST, endpoint, &token, &app).await;
    assert_eq!(status, 401, "a token for one app let in two");
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));

    let url = oidc::authorize_url(&server, &[("client_id", &id), ("scope", "openid")]);
    let page = browser.open(url).await;
    page.must_have("login-page");
    for (link, path) in [("client-policy", "/policy"), ("client-tos", "/tos")] {
        assert_eq!(page.link(link).path(), path);
    }
    let form = page.form_of("login-submit").fill("username", "ada");
    let page = browser
        .submit_once(&page, &form.fill("password", ADA))
        .await;
    let answer = oidc::arrive(&mut browser, page).await;
    let code = oidc::parameter(&answer, "code").unwrap();
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let request = http.post(oidc::token_url(&server)).form(&parameters);
    let tokens = request.basic_auth(&id, Some(&secret)).send().await.unwrap();
    assert_eq!(tokens.status(), 200);
    let tokens: Value = tokens.json().await.unwrap();
    let userinfo = discovery["userinfo_endpoint"].as_str().unwrap();
    let userinfo = async || {
        let access = tokens["access_token"].as_str().unwrap();
        let answer = http.get(userinfo).bearer_auth(access).send().await;
        answer.unwrap().status().as_u16()
    };
    assert_eq!(userinfo().await, 200);

    let (own, key) = (
        text("registration_client_uri"),
        text("registration_access_token"),
    );
    let (status, read) = call(&http, Method::GET, &own, &key, &Value::Null).await;
    assert_eq!((status, &read["client_name"]), (200, &json!("Self-made")));
    app["client_id"] = json!(id);
    app["client_name"] = json!("Second thoughts");
    let (status, changed) = call(&http, Method::PUT, &own, &key, &app).await;
    assert_eq!(status, 200, "{changed}");
    let list = server.cli(&["client", "list"], "").stdout;
    assert!(
        list.contains("Second thoughts") && list.contains("itself, "),
        "{list}"
    );
    let (status, _) = call(&http, Method::DELETE, &own, &key, &Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(userinfo().await, 401);
    let (status, _) = call(&http, Method::GET, &own, &key, &Value::Null).await;
    assert_eq!(status, 401);
}
