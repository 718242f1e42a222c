//! Apps that register themselves at two nodes.

use serde_json::json as value;

use super::{Nodes, ROUNDS, json, only, request, with_status};
use crate::support::oidc;
use crate::support::wire;

/// Uses of each initial access token.
const USES: usize = 2;

fn open_to(mode: &str, most: u32) -> String {
    let with = format!("registration = {{ mode = \"{mode}\", most = {most} }}\n[client.shop]");
    oidc::SHOP.replace("[client.shop]", &with)
}

fn token(nodes: &Nodes, uses: usize) -> String {
    let uses = uses.to_string();
    let args = ["client", "initial-access-token", "--json", "--uses", &uses];
    let said = nodes.first.cli(&args, "").succeeded();
    let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    json["initial_access_token"].as_str().unwrap().to_owned()
}

fn register(nodes: &Nodes, token: &str) -> Vec<u8> {
    let mut lines = vec!["Content-Type: application/json".to_owned()];
    if !token.is_empty() {
        lines.push(format!("Authorization: Bearer {token}"));
    }
    let app = value!({ "redirect_uris": ["https://app.example/cb"] }).to_string();
    let path = "/production/oidc/connect/register";
    request("POST", &nodes.host(), path, &lines, &app)
}

#[tokio::test]
async fn an_initial_access_token_lets_in_as_many_as_it_says_and_a_client_leaves_once() {
    let Some(nodes) = Nodes::selling(&open_to("token", 1000), "").await else {
        return;
    };
    for _ in 0..ROUNDS / 2 {
        let answers = nodes.rush(&register(&nodes, &token(&nodes, USES)));
        assert_eq!(with_status(&answers, 201, &[401]), USES);

        let client = json(answers.iter().find(|answer| answer.status == 201).unwrap());
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let address = url::Url::parse(&text("registration_client_uri")).unwrap();
        let lines = [format!(
            "Authorization: Bearer {}",
            text("registration_access_token")
        )];
        let request = request("DELETE", &nodes.host(), address.path(), &lines, "");
        only(&nodes.rush(&request), 204, &[401]);
    }
    nodes.end().await;
}

#[tokio::test]
async fn two_who_register_at_once_do_not_both_get_the_last_place() {
    let Some(nodes) = Nodes::selling(&open_to("open", 1), "").await else {
        return;
    };
    for _ in 0..ROUNDS {
        let answers = nodes.rush(&register(&nodes, ""));
        let client = json(&only(&answers, 201, &[503]));
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let address = url::Url::parse(&text("registration_client_uri")).unwrap();
        let token = text("registration_access_token");
        let lines = [format!("Authorization: Bearer {token}")];
        let request = request("DELETE", &nodes.host(), address.path(), &lines, "");
        let left = wire::exchange(nodes.second.port(), &request);
        assert_eq!(left.unwrap().status, 204);
    }
    nodes.end().await;
}
