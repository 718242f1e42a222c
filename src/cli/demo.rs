//! `doorward demo`: the arguments of the demo.

use crate::demo::text::Options;

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

impl Args {
    /// What is asked of the demo.
    pub fn options(&self) -> Options {
        Options {
            port: self.port,
            upstream: self.upstream.clone(),
        }
    }
}
