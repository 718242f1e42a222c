//! `doorward user`: the people in the database.

mod add;
mod change;
mod check;
pub(super) mod password;
mod show;
#[cfg(test)]
mod tests;

use anyhow::Context;

use super::desk::{Answer, Desk};
use super::{ConfigFile, Exit, block_on};
use crate::model::{Login, User};

/// The people who may sign in.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: UserCommand,
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

/// The people in the database.
#[derive(Debug, clap::Subcommand)]
enum UserCommand {
    /// Add a person; without a password, prints a one-time link to choose one.
    Add(add::AddUser),
    /// List everybody.
    List,
    /// Keep a person out: ends every session and grant at once.
    Disable {
        /// User name or e-mail address.
        login: String,
    },
    /// Let a disabled person in again.
    Enable {
        /// User name or e-mail address.
        login: String,
    },
    /// Take a person's password away, end every session and grant, and print a one-time link.
    Reset {
        /// User name or e-mail address.
        login: String,
    },
    /// Print a new one-time link to choose a password; earlier links stop working.
    Link {
        /// User name or e-mail address.
        login: String,
    },
    /// Set facts about a person that claims and headers can tell: NAME=VALUE, or NAME= for none.
    Attr(Attributes),
    /// A person's groups.
    #[command(subcommand)]
    Group(GroupCommand),
    /// A person's tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
}

/// A person and some facts.
#[derive(Debug, clap::Args)]
struct Attributes {
    /// User name or e-mail address.
    login: String,
    /// NAME=VALUE.
    #[arg(required = true, value_name = "NAME=VALUE")]
    attributes: Vec<String>,
}

/// A person's groups.
#[derive(Debug, clap::Subcommand)]
enum GroupCommand {
    /// Put a person into groups.
    Add(Groups),
    /// Take a person out of groups.
    Remove(Groups),
}

/// A person's tenants.
#[derive(Debug, clap::Subcommand)]
enum TenantCommand {
    /// Let a person belong to tenants.
    Add(Tenants),
    /// Take a person out of tenants: what apps were given there ends.
    Remove(Tenants),
}

/// A person and some tenants.
#[derive(Debug, clap::Args)]
struct Tenants {
    /// User name or e-mail address.
    login: String,
    /// Tenants, by their names in the file.
    #[arg(required = true, value_name = "TENANT")]
    tenants: Vec<String>,
}

/// A person and some groups.
#[derive(Debug, clap::Args)]
struct Groups {
    /// User name or e-mail address.
    login: String,
    /// Group names; compared byte for byte.
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
}

impl UserCommand {
    async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        match self {
            Self::Add(person) => person.perform(desk).await,
            Self::List => show::list(desk).await,
            Self::Disable { login } => change::disable(desk, &login).await,
            Self::Enable { login } => change::enable(desk, &login).await,
            Self::Reset { login } => change::reset(desk, &login).await,
            Self::Link { login } => change::link(desk, &login).await,
            Self::Attr(which) => change::attributes(desk, &which).await,
            Self::Group(GroupCommand::Add(which)) => change::join(desk, &which).await,
            Self::Group(GroupCommand::Remove(which)) => change::leave(desk, &which).await,
            Self::Tenant(TenantCommand::Add(which)) => change::belong(desk, &which).await,
            Self::Tenant(TenantCommand::Remove(which)) => change::part(desk, &which).await,
        }
    }
}

/// The person of this user name or address.
async fn person(desk: &Desk, typed: &str) -> anyhow::Result<User> {
    let nobody = || format!("there is no user {typed:?}; `doorward user list` shows everybody");
    let login = Login::parse(typed).with_context(nobody)?;
    desk.store.find_user(&login).await?.with_context(nobody)
}
