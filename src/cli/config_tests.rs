//! What `doorward config` shows.

use super::*;
use crate::config::{Surroundings, examine_text};

#[test]
fn ops_07_settings_are_shown_without_their_secrets() {
    let text = r#"
public_url = "http://localhost:8080"
storage.url = "postgres://u:canary-1@db/x"
[client.shop]
redirect_uris = ["https://shop.example/cb"]
secret = "canary-2-canary-2"
[[route]]
id = "wiki"
match.host = "wiki.localhost"
allow = ["authenticated"]
upstream = "http://127.0.0.1:1"
identity.headers.X-Shared = { env = "SHARED" }
identity.headers.X-Fixed = "canary-4"
"#;
    let around = Surroundings::of("/nowhere", [("SHARED", "canary-3")]);
    let outcome = examine_text("doorward.toml", text, &around);
    let settings = outcome
        .settings
        .unwrap_or_else(|| panic!("{}", outcome.report));
    let shown = shown(&settings);
    assert_eq!(shown["route"][0]["headers"]["X-Shared"], "(a secret)");
    assert_eq!(shown["route"][0]["headers"]["X-Fixed"], "(a fixed text)");
    assert_eq!(shown["client"][0]["auth"], "client_secret");
    assert!(!shown.to_string().contains("canary"), "{shown}");
}
