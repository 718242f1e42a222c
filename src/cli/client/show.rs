//! Clients, as answers. A secret is in the one answer of the command that made it.

use serde_json::{Value, json};

use crate::base::Opaque;
use crate::base::opaque::ClientSecret;
use crate::cli::desk::{Answer, Desk};
use crate::cli::table::table;
use crate::identity::Clients;
use crate::model::{Client, ClientAuthMethod};

/// Every client: of the file first, then of the store.
pub async fn list(desk: &Desk) -> anyhow::Result<Answer> {
    let clients = Clients::new(desk.settings.clients.clone(), desk.store.clone());
    let clients = clients.list().await?;
    let rows: Vec<_> = clients.iter().map(|client| row(client)).collect();
    let human = if rows.is_empty() {
        "no client yet; `doorward client add` registers one".to_owned()
    } else {
        table(
            ["client", "name", "issuer", "kind", "state", "managed by"],
            &rows,
        )
    };
    let json = json!({ "clients": clients.iter().map(|c| self::json(c)).collect::<Vec<_>>() });
    Ok(Answer { human, json })
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
        "disabled": client.disabled,
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

fn row(client: &Client) -> [String; 6] {
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
        if client.disabled { "off" } else { "on" }.to_owned(),
        client.origin.clone(),
    ]
}
