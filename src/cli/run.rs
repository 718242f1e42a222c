//! `doorward run`.

use std::time::Duration;

use super::{ConfigFile, Exit};
use crate::base::Clock;
use crate::server;
use crate::telemetry::logs;

/// What runs on blocking threads may take this long after everything else has stopped.
const LAST: Duration = Duration::from_secs(1);

/// Serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file.
    #[command(flatten)]
    pub file: ConfigFile,
    /// Take a changed file over without being told to; SIGHUP always does.
    #[arg(long)]
    pub watch: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let settings = args.file.load()?;
    logs::init(settings.telemetry.log, "info", Clock::system())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(server::run(settings, args.watch));
    runtime.shutdown_timeout(LAST);
    ended?;
    Ok(Exit::Done)
}
