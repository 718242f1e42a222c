//! Limits that hold for the site, not for each node.

use super::{Nodes, own_form, post, with_status};

#[tokio::test]
async fn attempts_on_one_account_are_counted_over_both_nodes() {
    let throttle = "[login]\nthrottle = { per_account = \"5/15m\", per_ip = \"1000/1m\" }\n";
    let Some(nodes) = Nodes::start(throttle).await else {
        return;
    };
    let mut browser = nodes.browser();
    let page = browser.open(nodes.first.url("/login")).await;
    let form = page.form_of("login-submit").fill("username", "bob");
    let form = form.fill("password", "wrong-but-long-enough");
    let fields: Vec<_> = form.fields.iter().collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let cookies = browser.cookies("localhost").unwrap();
    let lines = own_form(&nodes.first.url(""), &cookies);
    let request = post(&nodes.host(), "/login", &lines, &fields);
    let mut tried = 0;
    for _ in 0..3 {
        tried += with_status(&nodes.rush(&request), 422, &[429, 503]);
    }
    assert_eq!(tried, 5);
    nodes.end().await;
}
