//! Two nodes that start together on an empty database.

use std::collections::BTreeSet;

use super::{Nodes, json};
use crate::support::wire;

#[tokio::test]
async fn nodes_that_start_together_publish_the_same_keys() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let published = |port| {
        let set = json(&wire::get(port, "/production/oidc/jwks"));
        let keys = set["keys"].as_array().unwrap().clone();
        keys.iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
    };
    let keys = published(nodes.first.port());
    assert!(!keys.is_empty());
    assert_eq!(keys, published(nodes.second.port()));
    nodes.end().await;
}
