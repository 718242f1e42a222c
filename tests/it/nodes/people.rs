//! People at two nodes: a sign-in that wanders between them, and a link that is good for one.

use std::collections::BTreeSet;

use super::{Nodes, ROUNDS, own_form, post, with_status};
use crate::support::oidc::{self, CALLBACK};
use crate::support::server::BOB;

#[tokio::test]
async fn a_sign_in_goes_on_at_whichever_node_the_next_step_reaches() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let mut bob = nodes.browser();
    let page = bob.open(oidc::authorize_url(&nodes.first, &[])).await;
    page.must_have("login-page");
    let form = page.form_of("login-submit").fill("username", "bob");
    let page = bob.submit_once(&page, &form.fill("password", BOB)).await;
    let answer = oidc::arrive(&mut bob, page).await;
    assert!(answer.as_str().starts_with(CALLBACK));
    let code = oidc::parameter(&answer, "code").unwrap();
    let client = bob.client().clone();
    for (node, status) in [(&nodes.second, 200), (&nodes.first, 400)] {
        let told = oidc::redeem(&client, &oidc::token_url(node), &code).await;
        assert_eq!(told.unwrap().status, status);
    }
    nodes.end().await;
}

#[tokio::test]
async fn one_of_those_who_use_a_link_at_once_chooses_the_password() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    for round in 0..ROUNDS / 3 {
        let said = nodes.second.cli(&["user", "link", "bob"], "").succeeded();
        let link = said
            .stdout
            .split_whitespace()
            .find(|word| word.contains("token="));
        let mut browser = nodes.browser();
        let page = browser.open(link.unwrap()).await;
        let form = page.form_of("password-submit");
        let cookies = browser.cookies("localhost").unwrap();
        let lines = own_form(nodes.first.url("").as_str(), &cookies);
        let target = form.action.query().unwrap();
        let target = format!("{}?{target}", form.action.path());
        let password = |n: usize| format!("tall-cedar-{round}-{n}");
        let requests = nodes.ports().enumerate().map(|(n, port)| {
            let form = form.clone().fill("password", &password(n));
            let fields: Vec<_> = form.fields.iter().collect();
            let fields: Vec<_> = fields
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            (port, post(&nodes.host(), &target, &lines, &fields))
        });
        let answers = super::at_once(requests.collect());
        // Who finds no room to be hashed in is told to try again.
        assert_eq!(with_status(&answers, 303, &[410, 503]), 1);
        let winner = answers
            .iter()
            .position(|answer| answer.status == 303)
            .unwrap();
        let mut works = BTreeSet::new();
        for n in [winner, (winner + 1) % answers.len()] {
            let mut browser = nodes.browser();
            let page = browser.open(nodes.first.url("/login")).await;
            let page = browser.sign_in_at(&page, "bob", &password(n)).await;
            if page.has("account-page") {
                works.insert(n);
            }
        }
        assert_eq!(works, BTreeSet::from([winner]));
    }
    nodes.end().await;
}
