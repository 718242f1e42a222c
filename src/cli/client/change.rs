//! Changes to stored clients. Each is one step in the database, whatever else changes meanwhile.

use anyhow::{Context, bail};
use serde_json::json;

use super::{changeable, show};
use crate::base::Opaque;
use crate::base::opaque::ClientSecret;
use crate::cli::desk::{Answer, Desk};
use crate::cli::key::master;
use crate::identity::clients::{kept_secrets, secret_as_kept};
use crate::keys::Sealer;
use crate::model::client::ClientSecretHash;
use crate::model::{Client, ClientAuthMethod};

/// Secrets that work while a rotation overlaps.
const OVERLAP: usize = 2;

pub(super) async fn rotate(desk: &Desk, client: &Client) -> anyhow::Result<Answer> {
    confidential(client)?;
    let secret = Opaque::<ClientSecret>::mint(&desk.rng)?;
    let newest = as_kept(desk, client, &secret)?;
    let client = changed(desk, client, move |client| {
        // The newest first.
        client.secrets.insert(0, newest.clone());
        client.secrets.truncate(OVERLAP);
    })
    .await?;
    desk.audit("secret_rotated", None, Some(&client.id)).await?;
    let Answer { human, json } = show::secret(&client, &secret, "new secret of");
    let until = format!("doorward client rotate {} --drop-old", client.id);
    Ok(Answer {
        human: format!("{human}\n  the one before works until `{until}`"),
        json,
    })
}

/// A secret as the server reads it. One that makes codes (`client_secret_jwt`) is sealed with the
/// master key, which has to be the server's: by another one the client would be locked out.
fn as_kept(
    desk: &Desk,
    client: &Client,
    secret: &Opaque<ClientSecret>,
) -> anyhow::Result<ClientSecretHash> {
    let whose = (&client.id, client.auth);
    if client.auth != ClientAuthMethod::ClientSecretJwt {
        return Ok(ClientSecretHash::Generated(secret.hash()));
    }
    let master = master(&desk.settings)?;
    let sealer = Sealer::new(&master, desk.clock.clone(), desk.rng.clone());
    if kept_secrets(client, &sealer).len() < client.secrets.len() {
        bail!(
            "the master key of this configuration (storage.key) is not the one that the secret of \
             {} was sealed with: run the command with the configuration that the server has",
            client.id
        );
    }
    Ok(secret_as_kept(whose, secret, &sealer)?)
}

pub(super) async fn drop_old(desk: &Desk, client: &Client) -> anyhow::Result<Answer> {
    confidential(client)?;
    let client = changed(desk, client, |client| client.secrets.truncate(1)).await?;
    desk.audit("secret_dropped", None, Some(&client.id)).await?;
    Ok(done(
        &client,
        format!("only the newest secret of {} works now", client.id),
    ))
}

pub(super) async fn switch(desk: &Desk, id: &str, off: bool) -> anyhow::Result<Answer> {
    let client = changeable(desk, id).await?;
    let client = changed(desk, &client, move |client| client.disabled = off).await?;
    let (what, state) = if off {
        ("client_disabled", "off")
    } else {
        ("client_enabled", "on")
    };
    desk.audit(what, None, Some(&client.id)).await?;
    Ok(done(&client, format!("{} is switched {state}", client.id)))
}

pub(super) async fn remove(desk: &Desk, id: &str) -> anyhow::Result<Answer> {
    let client = changeable(desk, id).await?;
    if !desk.store.delete_client(&client.id).await? {
        bail!("client {id} was removed meanwhile");
    }
    desk.audit("client_removed", None, Some(&client.id)).await?;
    Ok(done(
        &client,
        format!("{} is removed, and everything it was given", client.id),
    ))
}

fn confidential(client: &Client) -> anyhow::Result<()> {
    if !client.auth.has_secret() {
        bail!(
            "client {} has no secret: it is public, or proves itself with keys",
            client.id
        );
    }
    Ok(())
}

async fn changed(
    desk: &Desk,
    client: &Client,
    change: impl Fn(&mut Client) + Send + Sync + 'static,
) -> anyhow::Result<Client> {
    let gone = || format!("client {} was removed meanwhile", client.id);
    desk.store
        .change_client(&client.id, change)
        .await?
        .with_context(gone)
}

fn done(client: &Client, said: String) -> Answer {
    Answer {
        human: said,
        json: json!({ "client": show::json(client) }),
    }
}
