//! The command line: one file per command.
//!
//! Commands print what was asked for to standard output and everything else to standard error,
//! and their exit codes are an interface ([`Exit`]).

mod audit;
mod check;
mod client;
mod completions;
mod config;
mod consent;
mod credential;
pub mod demo;
mod desk;
mod exit;
mod explain;
mod healthcheck;
mod init;
mod key;
mod policy;
pub mod run;
mod table;
mod token;
mod user;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Settings, examine};

pub use exit::Exit;

/// An OpenID Connect issuer and an identity-aware proxy in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "doorward",
    version,
    max_term_width = 100,
    propagate_version = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask four questions and write doorward.toml and a master key.
    Init(init::Args),
    /// Serve.
    Run(run::Args),
    /// Try it: single sign-on in front of an app, with nothing to set up and nothing stored.
    Demo(demo::Args),
    /// Say every mistake in a configuration file at once.
    Check(check::Args),
    /// Say which route and rule a request meets, why, and what the app would be told.
    Explain(explain::Args),
    /// Hold the rules against a table of expectations.
    Policy(policy::Args),
    /// Print the file's schema, or the settings in force.
    Config(config::Args),
    /// The people who may sign in.
    User(user::Args),
    /// The apps that are registered.
    Client(client::Args),
    /// What people allowed which apps.
    Consent(consent::Args),
    /// What people sign in to apps with that have passwords of their own.
    Credential(credential::Args),
    /// Tokens for routes, and what a client's tokens would say.
    Token(token::Args),
    /// List and replace signing keys.
    Key(key::Args),
    /// Check an audit file's chain of hashes.
    Audit(audit::Args),
    /// Ask the running service whether it is ready; for containers.
    Healthcheck(healthcheck::Args),
    /// Print completions for a shell.
    Completions(completions::Args),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Init(args) => init::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Check(args) => Ok(check::run(&args)),
        Command::Explain(args) => explain::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Config(args) => config::run(&args),
        Command::User(args) => user::run(args),
        Command::Client(args) => client::run(args),
        Command::Consent(args) => consent::run(args),
        Command::Credential(args) => credential::run(args),
        Command::Token(args) => token::run(args),
        Command::Key(args) => key::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Healthcheck(args) => healthcheck::run(&args),
        Command::Completions(args) => Ok(completions::run(&args)),
    };
    result.unwrap_or_else(|failed| ended(&failed)).into()
}

/// What ended a command that did not work, said once.
fn ended(failed: &anyhow::Error) -> Exit {
    if let Some(BadConfig) = failed.downcast_ref() {
        return Exit::Config;
    }
    eprintln!("doorward: {failed:#}");
    exit::of(failed)
}

/// The configuration is wrong, and the report has been printed.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong")]
pub struct BadConfig;

/// `-c FILE`, for every command that reads the configuration.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigFile {
    /// The configuration file.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "DOORWARD_CONFIG",
        default_value = "doorward.toml"
    )]
    pub config: PathBuf,
}

impl ConfigFile {
    /// Reads the file; what is wrong with it is printed, warnings too.
    pub fn load(&self) -> anyhow::Result<Settings> {
        let outcome = examine(&self.config);
        if !outcome.report.problems().is_empty() {
            eprint!("{}", outcome.report.human(styled(&std::io::stderr())));
        }
        outcome.settings.ok_or_else(|| BadConfig.into())
    }

    /// Reads the file for a command that is not about it: only what makes it unusable is printed,
    /// warnings are `doorward check`'s and the server's to say.
    pub fn load_quietly(&self) -> anyhow::Result<Settings> {
        let outcome = examine(&self.config);
        if outcome.settings.is_none() {
            eprint!("{}", outcome.report.human(styled(&std::io::stderr())));
        }
        outcome.settings.ok_or_else(|| BadConfig.into())
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.config
    }
}

/// Whether `stream` is a terminal that wants colours (<https://no-color.org>).
pub fn styled(stream: &impl std::io::IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused
}

/// Runs a command that waits for the database.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(work)
}

/// Prints an answer. A reader that has seen enough (`| head`) is not a failure.
pub fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints a JSON value, indented.
pub fn print_json(value: &serde_json::Value) {
    print(&format!("{value:#}\n"));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
