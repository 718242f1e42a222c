//! Changes to stored clients. Each is one step in the database, whatever else changes meanwhile.

use anyhow::{Context, bail};
use serde_json::json;

use super::{changeable, show};
use crate::base::Opaque;
use crate::base::opaque::ClientSecret;
use crate::cli::desk::{Answer, Desk};
use crate::model::client::ClientSecretHash;
use crate::model::{Client, ClientAuthMethod};

/// Secrets that work while a rotation overlaps.
const OVERLAP: usize = 2;

pub(super) async fn rotate(desk: &Desk, client: &Client) -> anyhow::Result<Answer> {
    confidential(client)?;
    if client.auth == ClientAuthMethod::ClientSecretJwt {
        anyhow::bail!(
            "{} makes codes with its secret, which the server keeps sealed: register it anew",
            client.id
        );
    }
    let secret = Opaque::<ClientSecret>::mint(&desk.rng)?;
    let hash = secret.hash();
    let client = changed(desk, client, move |client| {
        // The newest first.
        let newest = ClientSecretHash::Generated(hash.clone());
        client.secrets.insert(0, newest);
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
