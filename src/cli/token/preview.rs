//! `doorward token preview`: what tokens say.

#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use crate::base::{Clock, Rng, ScopeSet, TenantId};
use crate::cli::desk::Desk;
use crate::cli::{ConfigFile, Exit, block_on, print, print_json};
use crate::config::Settings;
use crate::issuer::Issuer;
use crate::keys::{MasterKey, Sealer};
use crate::model::{Algorithm, Client, Login, User};
use crate::server::master;
use crate::session::{Revocations, Sessions};
use crate::store::{Database, Store, StoreSettings};
use crate::tokens::{Audience, KeyOwner, Keyrings, Preview, Terms, Tokens};

/// Whose tokens, for which client.
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    #[command(flatten)]
    file: ConfigFile,
    /// The client, by its id.
    #[arg(long, value_name = "ID")]
    client: String,
    /// The person, by user name or e-mail address.
    #[arg(long, value_name = "LOGIN")]
    user: String,
    /// The scopes of the request; all of the client's when left out.
    #[arg(
        long = "scope",
        visible_alias = "scopes",
        value_name = "SCOPE",
        value_delimiter = ','
    )]
    scopes: Vec<String>,
    /// The tenant, by its name in the file; may be left out when the client serves one.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a request comes to.
enum Outcome {
    Tokens(Box<Preview>),
    /// The client would get nothing, and why.
    Refused(String),
}

impl PreviewArgs {
    /// Runs the command.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let settings = self.file.load_quietly()?;
        block_on(self.perform(settings))
    }

    async fn perform(&self, settings: Settings) -> anyhow::Result<Exit> {
        if let Database::Sqlite(path) = &settings.store.database
            && !path.exists()
        {
            bail!("there is no storage at {} yet", path.display());
        }
        let outcome = self
            .outcome(&Desk::open(settings, self.json).await?)
            .await?;
        let (json, text, exit) = match &outcome {
            Outcome::Tokens(preview) => (whole(preview), in_words(preview), Exit::Done),
            Outcome::Refused(why) => (
                json!({ "refused": why }),
                format!("refused: {why}\n"),
                Exit::Denied,
            ),
        };
        if self.json {
            print_json(&json);
        } else {
            print(&text);
        }
        Ok(exit)
    }

    async fn outcome(&self, desk: &Desk) -> anyhow::Result<Outcome> {
        let (settings, store) = (&desk.settings, &desk.store);
        let client = client(settings, store, &self.client).await?;
        let login = Login::parse(&self.user).context("that cannot be anybody's login")?;
        let user = store.find_user(&login).await?;
        let user = user.with_context(|| format!("nobody is called {}", self.user))?;
        let scopes = match self.scopes(&client) {
            Ok(scopes) => scopes,
            Err(refused) => return Ok(Outcome::Refused(refused)),
        };
        let tenant = match self.tenant(settings, &client) {
            Ok(tenant) => tenant,
            Err(refused) => return Ok(Outcome::Refused(refused)),
        };
        if let Some(refused) = refused(&client, &user, tenant.as_ref()) {
            return Ok(Outcome::Refused(refused));
        }
        let master = master::load(settings, store, &desk.rng).await?;
        let preview = preview(settings, &master, (&client, &user), &scopes, tenant).await?;
        Ok(match preview {
            Some(preview) => Outcome::Tokens(Box::new(preview)),
            None => Outcome::Refused("these scopes give the client nothing".to_owned()),
        })
    }

    fn scopes(&self, client: &Client) -> Result<ScopeSet, String> {
        if self.scopes.is_empty() {
            return Ok(client.scopes.clone());
        }
        let asked: ScopeSet = self.scopes.iter().map(String::as_str).collect();
        let other = asked.iter().find(|scope| !client.scopes.contains(scope));
        if let Some(scope) = other {
            return Err(format!(
                "the client is not registered for the scope {scope:?}"
            ));
        }
        Ok(asked)
    }

    fn tenant(&self, settings: &Settings, client: &Client) -> Result<Option<TenantId>, String> {
        match (&self.tenant, client.tenants.as_slice()) {
            (None, []) => Ok(None),
            (None, [only]) => Ok(Some(only.clone())),
            (None, _) => {
                Err("the client serves several tenants; name one with --tenant".to_owned())
            }
            (Some(name), served) => {
                let tenant = TenantId::new(name);
                if !settings.tenants.contains_key(&tenant) {
                    Err(format!("there is no tenant {name:?}"))
                } else if served.contains(&tenant) {
                    Ok(Some(tenant))
                } else {
                    Err(format!("the client does not serve the tenant {name:?}"))
                }
            }
        }
    }
}

async fn client(settings: &Settings, store: &Store, id: &str) -> anyhow::Result<Client> {
    let mut configured = settings.clients.iter();
    if let Some(client) = configured.find(|client| client.id.as_str() == id) {
        return Ok(client.clone());
    }
    store
        .load_client(&id.into())
        .await?
        .with_context(|| format!("there is no client {id}; `doorward client list` shows them all"))
}

/// Why nothing would be minted.
fn refused(client: &Client, user: &User, tenant: Option<&TenantId>) -> Option<String> {
    if client.disabled {
        return Some(format!("the client {} is switched off", client.id));
    }
    if user.disabled {
        return Some(format!("{} is disabled", user.username));
    }
    let outside = tenant.filter(|tenant| !user.tenants.contains(tenant))?;
    Some(format!(
        "{} does not belong to the tenant {outside}",
        user.username
    ))
}

/// By the code that mints, with keys that end with this process, and a database of its own.
async fn preview(
    settings: &Settings,
    master: &MasterKey,
    (client, user): (&Client, &User),
    scopes: &ScopeSet,
    tenant: Option<TenantId>,
) -> anyhow::Result<Option<Preview>> {
    let mut issuers = settings.issuers.iter();
    let issuer = issuers
        .find(|issuer| issuer.id == client.issuer)
        .with_context(|| format!("the file has no issuer {}", client.issuer))?;
    let (clock, rng) = (Clock::system(), Rng::system());
    // Pseudonyms are those of the real master key; what is signed is thrown away.
    let sealer = Sealer::new(master, clock.clone(), rng.clone());
    let nowhere = StoreSettings {
        database: Database::Memory,
        key: settings.store.key.clone(),
    };
    let store = Store::open(&nowhere, clock.clone(), rng.clone()).await?;
    let owner = KeyOwner {
        algs: vec![Terms::ACCESS_ALG],
        ..Issuer::key_owner(issuer)
    };
    let keyrings = Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        [owner],
    )
    .await?;
    let sessions = Sessions::new(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        settings.session.clone(),
        Revocations::new(Duration::from_hours(1)),
    );
    let tokens = Tokens::new(store, sealer, keyrings, sessions, clock, rng);
    let client = Client {
        id_token_alg: Some(Algorithm::ES256),
        ..client.clone()
    };
    let terms = Terms::from(issuer);
    let audience = Audience {
        terms: &terms,
        client: &client,
        user,
    };
    Ok(tokens.preview(audience, scopes, tenant)?)
}

fn whole(preview: &Preview) -> Value {
    json!({
        "id_token": preview.id_token,
        "access_token": preview.access_token,
        "userinfo": preview.userinfo,
    })
}

fn in_words(preview: &Preview) -> String {
    let mut text = String::new();
    let parts = [
        ("ID token", preview.id_token.as_ref()),
        ("access token", Some(&preview.access_token)),
        ("userinfo", preview.userinfo.as_ref()),
    ];
    for (name, claims) in parts {
        text.push_str(name);
        match claims {
            None => text.push_str("\n  none\n"),
            Some(claims) => text.push_str(&lines(claims)),
        }
    }
    text.push_str("times, ids and hashes are examples\n");
    text
}

fn lines(claims: &Map<String, Value>) -> String {
    let width = claims.keys().map(String::len).max().unwrap_or(0);
    claims.iter().fold("\n".to_owned(), |text, (name, value)| {
        format!("{text}  {name:<width$}  {value}\n")
    })
}
