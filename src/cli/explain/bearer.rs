//! Which access tokens a route takes, in words.

use serde_json::{Value, json};

use crate::gateway::BearerSettings;

/// For people: `tokens of production for https://api.example.com with booking:read`.
pub(super) fn text(bearer: &BearerSettings) -> String {
    let mut text = format!("tokens of {} for {}", bearer.issuer, bearer.audience);
    if !bearer.scopes.is_empty() {
        text.push_str(" with ");
        text.push_str(&bearer.scopes.to_string());
    }
    let clients = if bearer.clients {
        "; clients alone pass by their scopes"
    } else {
        "; of people, judged as above"
    };
    text.push_str(clients);
    if bearer.forward {
        text.push_str("; the app gets them");
    }
    text
}

/// For programs.
pub(super) fn json(bearer: &BearerSettings) -> Value {
    json!({
        "issuer": bearer.issuer,
        "audience": bearer.audience,
        "scopes": bearer.scopes.iter().collect::<Vec<_>>(),
        "forward": bearer.forward,
        "clients": bearer.clients,
    })
}
