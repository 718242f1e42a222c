//! `doorward key`.

use clap::Subcommand;
use serde_json::json;

use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::base::{Clock, Rng, Timestamp};
use crate::config::Settings;
use crate::model::SigningKeyRecord;
use crate::store::Store;

/// List and replace signing keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every signing key: whose it is, and what it is used for now.
    List {
        #[command(flatten)]
        file: ConfigFile,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List { file, json } => block_on(list(&file.load()?, *json)),
    }
}

async fn list(settings: &Settings, json: bool) -> anyhow::Result<Exit> {
    let clock = Clock::system();
    let store = Store::open(&settings.store, clock.clone(), Rng::system()).await?;
    let now = clock.now();
    let mut rows = Vec::new();
    for owner in owners(settings) {
        let keys = store.list_keys(&owner).await?;
        let states: Vec<_> = keys.iter().map(|key| state(key, &keys, now)).collect();
        rows.extend(keys.into_iter().zip(states));
    }
    if json {
        print_json(&rows.iter().map(|(key, state)| row(key, state)).collect());
        return Ok(Exit::Done);
    }
    for (key, state) in &rows {
        print(&format!(
            "{:<20} {:<6} {}  {:<10} since {}\n",
            key.owner,
            key.alg.as_str(),
            key.id,
            state,
            key.created.rfc3339(),
        ));
    }
    if rows.is_empty() {
        eprintln!("no keys yet: they are made at the first start");
    }
    Ok(Exit::Done)
}

/// Whose keys there are: each issuer's, and the gateway's own.
fn owners(settings: &Settings) -> Vec<String> {
    settings
        .issuers
        .iter()
        .map(|issuer| format!("issuer:{}", issuer.id))
        .chain(["gateway".to_owned()])
        .collect()
}

/// What a key is for at `now`.
fn state(key: &SigningKeyRecord, all: &[SigningKeyRecord], now: Timestamp) -> &'static str {
    if key.gone.is_some_and(|gone| gone <= now) {
        return "gone";
    }
    if key.signs_from > now {
        return "published";
    }
    let younger = all.iter().any(|other| {
        other.alg == key.alg && other.signs_from <= now && other.signs_from > key.signs_from
    });
    if younger { "retiring" } else { "signs" }
}

fn row(key: &SigningKeyRecord, state: &str) -> serde_json::Value {
    json!({
        "owner": key.owner,
        "alg": key.alg.as_str(),
        "kid": key.id,
        "state": state,
        "created": key.created.rfc3339(),
        "signs_from": key.signs_from.rfc3339(),
        "gone": key.gone.map(Timestamp::rfc3339),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Algorithm;

    fn key(id: &str, signs_from: i64, gone: Option<i64>) -> SigningKeyRecord {
        SigningKeyRecord {
            id: id.into(),
            owner: "gateway".to_owned(),
            alg: Algorithm::ES256,
            sealed: Vec::new(),
            created: Timestamp::from_seconds(0),
            signs_from: Timestamp::from_seconds(signs_from),
            gone: gone.map(Timestamp::from_seconds),
        }
    }

    #[test]
    fn the_youngest_key_that_may_sign_is_the_one_that_signs() {
        let keys = [
            key("a", 0, Some(50)),
            key("b", 10, Some(500)),
            key("c", 20, None),
            key("d", 200, None),
        ];
        let now = Timestamp::from_seconds(100);
        let states: Vec<_> = keys.iter().map(|key| state(key, &keys, now)).collect();
        assert_eq!(states, ["gone", "retiring", "signs", "published"]);
    }
}
