//! Codes and tokens that are redeemed once, whichever node is asked.

use serde_json::Value;

use super::{Nodes, ROUNDS, SECRET, json, only, own_form, post, request, with_status};
use crate::support::browser::redirect_of;
use crate::support::oidc::{self, CALLBACK, VERIFIER};
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Recorder};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Nodes {
    fn redeem(&self, code: &str) -> Vec<u8> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "shop"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.form("token", &[], &form)
    }

    fn refresh(&self, token: &str) -> Vec<Answer> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "shop"),
            ("refresh_token", token),
        ];
        self.rush(&self.form("token", &[], &form))
    }

    async fn code(&self, browser: &mut Browser, scope: &str) -> String {
        oidc::code(browser, &self.first, &[("scope", scope)]).await
    }

    fn to_tv(&self, endpoint: &str, form: &[(&str, &str)]) -> Vec<u8> {
        let mut all = vec![("client_id", "tv"), ("client_secret", SECRET)];
        all.extend(form);
        self.form(endpoint, &[], &all)
    }
}

fn member(json: &Value, name: &str) -> String {
    let text = json[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {json}"))
        .to_owned()
}

#[tokio::test]
async fn an_authorization_code_is_redeemed_at_one_node_once_and_its_replay_takes_everything_back() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let mut ada = nodes.ada().await;
    for _ in 0..ROUNDS {
        let code = nodes.code(&mut ada, "openid offline_access").await;
        let answers = nodes.rush(&nodes.redeem(&code));
        let won = json(&only(&answers, 200, &[400]));
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(json(lost)["error"], "invalid_grant");
        }
        let refused = nodes.refresh(&member(&won, "refresh_token"));
        assert_eq!(with_status(&refused, 200, &[400]), 0);
    }
    nodes.end().await;
}

#[tokio::test]
async fn a_refresh_token_gives_one_successor_at_both_nodes_and_its_reuse_ends_the_grant_at_both() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let mut ada = nodes.ada().await;
    for _ in 0..ROUNDS {
        let code = nodes.code(&mut ada, "openid offline_access").await;
        let answer = wire::exchange(nodes.first.port(), &nodes.redeem(&code));
        let first = member(&json(&answer.unwrap()), "refresh_token");
        let mut token = first.clone();
        for _ in 0..2 {
            // All of them inside the grace: two tabs stay signed in, with the same token.
            let answers = nodes.refresh(&token);
            assert_eq!(with_status(&answers, 200, &[]), answers.len());
            let next = member(&json(&answers[0]), "refresh_token");
            for answer in &answers {
                assert_eq!(member(&json(answer), "refresh_token"), next);
            }
            assert_ne!(next, token);
            token = next;
        }
        assert_eq!(with_status(&nodes.refresh(&first), 200, &[400]), 0);
        assert_eq!(with_status(&nodes.refresh(&token), 200, &[400]), 0);
    }
    nodes.end().await;
}

#[tokio::test]
async fn a_pushed_request_is_answered_once() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let mut ada = nodes.ada().await;
    let asked = oidc::authorize_url(&nodes.first, &[]);
    let asked: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
    let asked: Vec<_> = asked
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    for _ in 0..ROUNDS {
        let pushed = nodes.form("par", &[], &asked);
        let pushed = wire::exchange(nodes.second.port(), &pushed).unwrap();
        let uri = member(&json(&pushed), "request_uri");
        // The browser has a session by now; its first visit makes nothing but a code.
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", "shop"), ("request_uri", &uri)])
            .finish();
        let target = format!("/production/oidc/connect/authorize?{query}");
        let lines = [format!("Cookie: {}", ada.cookies("localhost").unwrap())];
        let answers = nodes.rush(&request("GET", &nodes.host(), &target, &lines, ""));
        let code = |answer: &Answer| {
            let location = answer.headers.first("location");
            location.is_some_and(|location| location.contains("code="))
        };
        assert_eq!(answers.iter().filter(|answer| code(answer)).count(), 1);
        let again = ada.open_once(nodes.first.url(&target)).await;
        let location = redirect_of(&again);
        assert!(location.is_none_or(|url| oidc::parameter(&url, "code").is_none()));
    }
    nodes.end().await;
}

#[tokio::test]
async fn a_device_is_answered_once_and_its_code_is_redeemed_once() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let mut ada = nodes.ada().await;
    // Whoever comes second typed a code that nobody waits for, and of those people have few.
    for round in 0..ROUNDS / 2 {
        let start = nodes.to_tv(
            "device_authorization",
            &[("scope", "openid offline_access")],
        );
        let started = wire::exchange(nodes.first.port(), &start).unwrap();
        let started = json(&started);
        let page = ada
            .open(member(&started, "verification_uri_complete"))
            .await;
        let form = page.form_of("device-allow");
        let lines = own_form(&nodes.first.url(""), &ada.cookies("localhost").unwrap());
        let answer = |word: &str| {
            let form = form.clone().fill("decision", word);
            let fields: Vec<_> = form.fields.iter().collect();
            let fields: Vec<_> = fields
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            post(&nodes.host(), form.action.path(), &lines, &fields)
        };
        let ports = [nodes.first.port(), nodes.second.port()];
        let words = if round % 2 == 0 {
            ["allow", "deny"]
        } else {
            ["deny", "allow"]
        };
        let answers = super::at_once(vec![
            (ports[0], answer(words[0])),
            (ports[1], answer(words[1])),
        ]);
        assert_eq!(with_status(&answers, 200, &[400]), 1);
        let winner = answers
            .iter()
            .position(|answer| answer.status == 200)
            .unwrap();

        let code = member(&started, "device_code");
        let poll = nodes.to_tv("token", &[("grant_type", DEVICE), ("device_code", &code)]);
        let polled = nodes.rush(&poll);
        if words[winner] == "allow" {
            only(&polled, 200, &[400]);
        } else {
            for answer in &polled {
                assert_eq!(json(answer)["error"], "access_denied");
            }
        }
    }
    nodes.end().await;
}

#[tokio::test]
async fn a_code_that_brings_a_sign_in_to_a_protected_host_opens_one_session() {
    let upstream = Recorder::start();
    let route = format!(
        "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\n\
         allow = [\"authenticated\"]\nupstream = [\"{}\"]\n",
        upstream.url()
    );
    let Some(nodes) = Nodes::start(&route).await else {
        return;
    };
    let mut ada = nodes.ada().await;
    for _ in 0..ROUNDS {
        let mut page = ada.open_once(nodes.first.url_at("app.test", "/a")).await;
        let callback = loop {
            let next = redirect_of(&page).expect("a way to the app");
            if next.path() == "/_doorward/callback" {
                break next;
            }
            page = ada.open_once(next).await;
        };
        let target = format!("{}?{}", callback.path(), callback.query().unwrap());
        let lines = [format!("Cookie: {}", ada.cookies("app.test").unwrap())];
        let host = nodes.host_of("app.test");
        let answers = nodes.rush(&request("GET", &host, &target, &lines, ""));
        let opened = |answer: &Answer| {
            let cookies = answer.headers.all("set-cookie");
            cookies
                .iter()
                .any(|line| line.starts_with("__Host-doorward="))
        };
        assert_eq!(answers.iter().filter(|answer| opened(answer)).count(), 1);
    }
    nodes.end().await;
}
