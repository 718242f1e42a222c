//! `doorward demo`.

use super::Exit;
use crate::base::Clock;
use crate::demo::{self, text::Options};
use crate::telemetry::{LogFormat, logs};

/// Single sign-on in front of an app, with nothing to set up; nothing is stored.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An app to protect instead of the built-in one, such as <http://127.0.0.1:3000>.
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,
    /// The port on this machine.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Print the configuration that the demo runs on, and serve nothing.
    #[arg(long)]
    pub print_config: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let options = Options {
        port: args.port,
        upstream: args.upstream.clone(),
    };
    if args.print_config {
        print!("{}", demo::print_config(&options)?);
        return Ok(Exit::Done);
    }
    logs::init(LogFormat::Pretty, "warn", Clock::system())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(demo::run(options))?;
    Ok(Exit::Done)
}
