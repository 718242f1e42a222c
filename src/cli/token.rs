//! `doorward token`: what tokens say, and those that people and services show to routes.

mod add;
mod preview;
mod standing;

use super::Exit;

/// Tokens.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the claims that a client would get for a person; nothing is stored or handed out.
    Preview(preview::PreviewArgs),
    /// Make a token for a person's programs or for a service; it is printed once.
    Add(add::Add),
    /// List the tokens there are, newest first. Their texts are kept nowhere.
    List(standing::List),
    /// Revoke a token: it opens nothing any more, from this moment and on every node.
    Revoke(standing::Revoke),
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    match args.command {
        Command::Preview(args) => args.run(),
        Command::Add(args) => args.run(),
        Command::List(args) => args.run(),
        Command::Revoke(args) => args.run(),
    }
}
