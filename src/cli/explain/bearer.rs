//! Which tokens a route takes, in words.

use serde_json::{Value, json};

use crate::gateway::BearerSettings;

/// For people: `tokens of production for https://api.example.com with booking:read`.
pub(super) fn text(bearer: &BearerSettings) -> String {
    let mut kinds = Vec::new();
    if let Some(access) = &bearer.access {
        kinds.push(format!(
            "tokens of {} for {}",
            access.issuer, access.audience
        ));
    }
    if let Some(trusted) = &bearer.trusted {
        let audience = trusted.audience.as_ref();
        let for_whom = audience.map_or(String::new(), |audience| format!(" for {audience}"));
        kinds.push(format!("tokens of {}{for_whom}", trusted.name));
    }
    if bearer.personal {
        kinds.push("people's own".to_owned());
    }
    if bearer.service {
        kinds.push("services'".to_owned());
    }
    let mut text = kinds.join(", ");
    if !bearer.scopes.is_empty() {
        text.push_str(" with ");
        text.push_str(&bearer.scopes.to_string());
    }
    let clients = match (bearer.clients, bearer.service) {
        (true, true) => "; clients alone and services pass by their scopes",
        (true, false) => "; clients alone pass by their scopes",
        (false, true) => "; of people, judged as above; services pass by their scopes",
        (false, false) => "; of people, judged as above",
    };
    text.push_str(clients);
    if bearer.forward {
        text.push_str("; the app gets access tokens");
    }
    text
}

/// For programs.
pub(super) fn json(bearer: &BearerSettings) -> Value {
    let access = bearer.access.as_ref();
    let trusted = bearer.trusted.as_ref();
    let issuer = access.map(|access| access.issuer.as_str());
    let audience = access.map(|access| &access.audience);
    json!({
        "issuer": issuer.or(trusted.map(|trusted| trusted.name.as_str())),
        "audience": audience.or(trusted.and_then(|trusted| trusted.audience.as_ref())),
        "scopes": bearer.scopes.iter().collect::<Vec<_>>(),
        "forward": bearer.forward,
        "clients": bearer.clients,
        "personal": bearer.personal,
        "service": bearer.service,
    })
}
