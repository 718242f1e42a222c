//! `doorward audit`.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use super::{ConfigFile, Exit};
use crate::telemetry::chain::{Verified, verify};

/// Check an audit file's chain of hashes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that no line of a chained audit file was changed, removed or put in between.
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// The audit file, instead of the configured one.
        #[arg(value_name = "AUDIT")]
        audit: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let Command::Verify { file, audit } = &args.command;
    let path = if let Some(path) = audit {
        path.clone()
    } else {
        let settings = file.load()?.telemetry.audit;
        settings.context("no audit file is configured")?.file
    };
    let opened = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match verify(BufReader::new(opened))? {
        Verified::Whole { lines, last } => {
            println!("{}: {lines} lines, whole; last {last}", path.display());
            Ok(Exit::Done)
        }
        Verified::Broken { line, reason } => {
            println!("{}:{line}: broken: {reason}", path.display());
            Ok(Exit::Failed)
        }
    }
}
