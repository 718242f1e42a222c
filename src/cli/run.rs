//! `doorward run`: the arguments of serving.

use super::ConfigFile;

/// Serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file.
    #[command(flatten)]
    pub file: ConfigFile,
}
