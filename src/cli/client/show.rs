//! Clients, as answers. A secret is in the one answer of the command that made it.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::base::Opaque;
use crate::base::opaque::ClientSecret;
use crate::cli::desk::{Answer, Desk};
use crate::cli::table::table;
use crate::identity::Clients;
use crate::model::{Client, ClientAuthMethod};

/// Every client: of the file first, then of the store.
pub async fn list(desk: &Desk) -> anyhow::Result<Answer> {
    let permissions = desk.settings.identity.owners.clone();
    let (configured, store) = (desk.settings.clients.clone(), desk.store.clone());
    let known = Clients::governed(configured, store, permissions);
    let clients = known.list().await?;
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    for client in &clients {
        let suspended = known.is_suspended(client).await?;
        rows.push(row(client, suspended));
        let mut json = self::json(client);
        if let Some(members) = json.as_object_mut() {
            members.insert("suspended".to_owned(), suspended.into());
        }
        shown.push(json);
    }
    let human = if rows.is_empty() {
        "no client yet; `doorward client add` registers one".to_owned()
    } else {
        table(
            ["client", "name", "issuer", "kind", "state", "managed by"],
            &rows,
        )
    };
    let json = json!({ "clients": shown });
    Ok(Answer { human, json })
}

/// Everything about one client but its secrets.
pub async fn one(desk: &Desk, id: &str) -> anyhow::Result<Answer> {
    let clients = Clients::new(desk.settings.clients.clone(), desk.store.clone());
    let client = clients.find(&id.into()).await?.with_context(|| {
        format!("there is no client {id}; `doorward client list` shows them all")
    })?;
    let json = json(&client);
    let mut lines = vec![client.id.to_string()];
    for (name, value) in json.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(list) if list.iter().all(Value::is_string) => {
                let texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
                texts.join(" ")
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => value.to_string(),
        };
        if !matches!(value, Value::Null) && !text.is_empty() && name != "id" {
            lines.push(format!("  {name:<27}{text}"));
        }
    }
    Ok(Answer {
        human: lines.join("\n"),
        json: json!({ "client": json }),
    })
}

/// Who registered a client: an operator, the file, or itself, and then when and from where.
fn managed_by(client: &Client) -> String {
    let Some(own) = &client.registered else {
        return client.origin.clone();
    };
    let day: String = own.at.rfc3339().chars().take(10).collect();
    let from = own.address.map(|address| format!(" from {address}"));
    let by = own.by.as_ref().map(|by| format!(" with {by}"));
    let (from, by) = (from.unwrap_or_default(), by.unwrap_or_default());
    format!("itself, {day}{from}{by}")
}

/// One client, without its secrets.
pub fn json(client: &Client) -> Value {
    json!({
        "id": client.id,
        "issuer": client.issuer,
        "name": client.name,
        "auth": client.auth,
        "public": client.auth.is_public(),
        "secrets": client.secrets.len(),
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scopes": client.scopes.iter().collect::<Vec<_>>(),
        "consent": client.consent,
        "pkce": client.pkce,
        "id_token_alg": client.id_token_alg,
        "owner": client.owner,
        "disabled": client.disabled,
        "application_type": client.about.application.as_str(),
        "response_types": client.flows.response_types,
        "grant_types": client.flows.grants,
        "client_uri": client.about.client_uri,
        "logo_uri": client.about.logo_uri,
        "contacts": client.about.contacts,
        "registered": client.registered.as_ref().map(|own| json!({
            "at": own.at.rfc3339(),
            "address": own.address,
            "by": own.by,
        })),
        "origin": client.origin,
    })
}

/// A client and the secret just made for it.
pub fn secret(client: &Client, secret: &Opaque<ClientSecret>, said: &str) -> Answer {
    Answer {
        human: format!(
            "{said} {}\n  secret  {}\n  shown this once; only its hash is kept",
            client.id,
            secret.reveal()
        ),
        json: json!({ "client": json(client), "secret": secret.reveal() }),
    }
}

fn row(client: &Client, suspended: bool) -> [String; 6] {
    let kind = match client.auth {
        ClientAuthMethod::ClientSecret
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretJwt => "secret",
        ClientAuthMethod::PrivateKeyJwt => "key",
        ClientAuthMethod::TlsClientAuth | ClientAuthMethod::SelfSignedTlsClientAuth => {
            "certificate"
        }
        ClientAuthMethod::None => "public",
    };
    [
        client.id.to_string(),
        client.name.clone(),
        client.issuer.to_string(),
        kind.to_owned(),
        match (client.disabled, suspended) {
            (true, _) => "off",
            (false, true) => "suspended",
            (false, false) => "on",
        }
        .to_owned(),
        managed_by(client),
    ]
}
