//! `doorward init`: four questions, or flags; a minimal file and a master key.

mod ask;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::{BadConfig, Exit, styled};
use crate::base::Rng;
use crate::config::{Surroundings, examine_text};
use crate::keys::MasterKey;

/// The file that is written.
const FILE: &str = "doorward.toml";
/// The key beside it.
const KEY: &str = "master.key";

/// Ask four questions and write doorward.toml and a master key.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where people will reach Doorward itself, such as <https://auth.example.com>.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The host of the app to protect, such as wiki.example.com.
    #[arg(long, value_name = "HOST")]
    app_host: Option<String>,
    /// Where that app listens, such as <http://127.0.0.1:3000>.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Where TLS ends.
    #[arg(long, value_enum)]
    tls: Option<Tls>,
    /// PEM file with the certificate chain, for `--tls files`.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<String>,
    /// PEM file with the private key, for `--tls files`.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<String>,
    /// The folder to write to; made when it is not there.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Ask nothing: what no flag says gets its default.
    #[arg(long)]
    yes: bool,
}

/// Where TLS ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tls {
    /// Here, with certificate files.
    Files,
    /// Here, with a development authority that browsers do not trust.
    Dev,
    /// At a proxy on this machine.
    Proxy,
    /// Nowhere: plain http for this machine alone.
    None,
}

/// What the questions are about.
#[derive(Debug)]
struct Answers {
    public_url: String,
    app_host: String,
    upstream: String,
    tls: Tls,
    cert: String,
    key: String,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let file = args.dir.join(FILE);
    // Said before anybody answers four questions for nothing.
    for path in [&file, &args.dir.join(KEY)] {
        if path.exists() {
            bail!(
                "{} is there already, and is not overwritten",
                path.display()
            );
        }
    }
    let answers = if !args.yes && std::io::stdin().is_terminal() {
        ask::ask(args)?
    } else {
        defaults(args)?
    };
    let text = answers.text();
    let report = examine_text(FILE, &text, &Surroundings::of_process(&file)).report;
    if report.errors() > 0 {
        eprint!("{}", report.human(styled(&std::io::stderr())));
        return Err(BadConfig.into());
    }
    std::fs::create_dir_all(&args.dir)
        .with_context(|| format!("cannot make {}", args.dir.display()))?;
    MasterKey::create(&args.dir.join(KEY), &Rng::system())?;
    write_new(&file, &text)?;
    print!("{}", next_steps(&args.dir, &answers.public_url));
    Ok(Exit::Done)
}

fn defaults(args: &Args) -> anyhow::Result<Answers> {
    let needed = |value: &Option<String>, flag: &str| {
        value
            .clone()
            .with_context(|| format!("there is no terminal to ask at: give --{flag}"))
    };
    let public_url = needed(&args.public_url, "public-url")?;
    Ok(Answers {
        app_host: needed(&args.app_host, "app-host")?,
        upstream: needed(&args.upstream, "upstream")?,
        tls: args
            .tls
            .unwrap_or_else(|| usual_tls(&public_url, args.cert.is_some())),
        cert: args.cert.clone().unwrap_or_else(|| "auth.pem".to_owned()),
        key: args.key.clone().unwrap_or_else(|| "auth.key".to_owned()),
        public_url,
    })
}

/// Where TLS probably ends for this URL.
fn usual_tls(public_url: &str, files: bool) -> Tls {
    if files {
        Tls::Files
    } else if public_url.starts_with("http://") {
        Tls::None
    } else {
        Tls::Proxy
    }
}

impl Answers {
    /// The file.
    fn text(&self) -> String {
        let mut text = String::from("version = 1\n");
        let _ = writeln!(text, "public_url = {}", quoted(&self.public_url));
        match self.tls {
            Tls::Files => {
                let (cert, key) = (quoted(&self.cert), quoted(&self.key));
                let _ = writeln!(text, "listen.tls = {{ cert = {cert}, key = {key} }}");
            }
            Tls::Dev => text.push_str("listen.tls = { dev = true }\n"),
            Tls::Proxy => text.push_str(
                "listen.http = \"127.0.0.1:8080\"               # the proxy in front ends TLS\n\
                 listen.trusted_proxies = [\"127.0.0.1\", \"::1\"]\n",
            ),
            Tls::None => {}
        }
        let _ = write!(
            text,
            "storage.url = \"sqlite:doorward.db\"\n\
             storage.key = {{ file = \"{KEY}\" }}             # back it up\n\n\
             [[users]]\n\
             kind = \"local\"\n\n\
             [[route]]\n\
             id = \"app\"\n\
             match = {{ host = {} }}\n\
             allow = [\"authenticated\"]                    # or [\"group:staff\", \"user:bob\"]\n\
             upstream = [{}]\n",
            quoted(&self.app_host),
            quoted(&self.upstream),
        );
        text
    }
}

/// A TOML text.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .with_context(|| format!("cannot write {}", path.display()))
}

fn next_steps(dir: &Path, public_url: &str) -> String {
    let file = dir.join(FILE);
    let file = file.display();
    format!(
        "wrote {file} and {key} (mode 0600; back it up)\n\
         next  doorward check -c {file}\n\
         \x20     doorward run -c {file}\n\
         \x20     doorward user add -c {file} ada         prints a link to choose a password\n\
         \x20     {public_url}\n",
        key = dir.join(KEY).display(),
    )
}
