//! `doorward client`: registered apps. Those of the configuration file are shown, and changed there.

mod add;
mod change;
mod show;
#[cfg(test)]
mod tests;
mod token;

use anyhow::{Context, bail};

use super::desk::{Answer, Desk};
use super::{ConfigFile, Exit, block_on};
use crate::base::ClientId;
use crate::model::Client;

/// The apps that are registered.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ClientCommand,
    #[command(flatten)]
    file: ConfigFile,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    block_on(async {
        let desk = Desk::open(settings, args.json).await?;
        let answer = args.command.perform(&desk).await?;
        desk.say(&answer)?;
        Ok(Exit::Done)
    })
}

/// Registered apps.
#[derive(Debug, clap::Subcommand)]
enum ClientCommand {
    /// Register an app; prints its secret, once.
    Add(add::AddClient),
    /// List every app, of the configuration file too.
    List,
    /// Show one app: everything but its secrets.
    Show {
        /// Client id.
        id: String,
    },
    /// Make a token that lets apps register themselves at an issuer; prints it, once. Or list and
    /// revoke such tokens.
    InitialAccessToken(token::Args),
    /// Print a new secret, once; the one before works until --drop-old.
    Rotate {
        /// Client id.
        id: String,
        /// Make no new secret; end the overlap: from now on only the newest works.
        #[arg(long)]
        drop_old: bool,
    },
    /// Switch an app off: it gets no more tokens.
    Disable {
        /// Client id.
        id: String,
    },
    /// Switch an app on again.
    Enable {
        /// Client id.
        id: String,
    },
    /// Remove an app, everything it was given, and what people agreed to for it.
    Remove {
        /// Client id.
        id: String,
    },
}

impl ClientCommand {
    async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        match self {
            Self::Add(client) => client.perform(desk).await,
            Self::List => show::list(desk).await,
            Self::Show { id } => show::one(desk, &id).await,
            Self::InitialAccessToken(token) => token.perform(desk).await,
            Self::Remove { id } => change::remove(desk, &id).await,
            Self::Rotate { id, drop_old } => {
                let client = changeable(desk, &id).await?;
                if drop_old {
                    change::drop_old(desk, &client).await
                } else {
                    change::rotate(desk, &client).await
                }
            }
            Self::Disable { id } => change::switch(desk, &id, true).await,
            Self::Enable { id } => change::switch(desk, &id, false).await,
        }
    }
}

/// The stored client of this id; those of the file are changed in the file.
async fn changeable(desk: &Desk, id: &str) -> anyhow::Result<Client> {
    let id = ClientId::new(id);
    if let Some(configured) = configured(desk, &id) {
        bail!(
            "client {id} is managed by {}; change it there",
            configured.origin
        );
    }
    desk.store
        .load_client(&id)
        .await?
        .with_context(|| format!("there is no client {id}; `doorward client list` shows them all"))
}

fn configured<'a>(desk: &'a Desk, id: &ClientId) -> Option<&'a Client> {
    desk.settings.clients.iter().find(|client| client.id == *id)
}
