//! `doorward completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit, print};

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell.
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &Args) -> Exit {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "doorward", &mut script);
    print(&String::from_utf8_lossy(&script));
    Exit::Done
}
