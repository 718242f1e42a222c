//! `doorward key`.

use anyhow::bail;
use clap::Subcommand;
use serde_json::json;

use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::base::{Clock, Rng, Timestamp};
use crate::config::Settings;
use crate::issuer::Issuer;
use crate::keys::{MasterKey, Sealer};
use crate::model::{Algorithm, SigningKeyRecord};
use crate::store::{MasterKeySource, Store};
use crate::tokens::{Haste, KeyOwner, Keyrings, TokenError};

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
    /// Make new keys. They are published first and sign once verifiers have had time to see them.
    Rotate(Rotate),
}

#[derive(Debug, clap::Args)]
struct Rotate {
    #[command(flatten)]
    file: ConfigFile,
    /// One issuer's keys only.
    #[arg(long, value_name = "NAME", conflicts_with = "gateway")]
    issuer: Option<String>,
    /// The keys of assertions to protected apps only.
    #[arg(long)]
    gateway: bool,
    /// One algorithm only.
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// Sign with the new keys at once; verifiers that keep old key sets will stumble.
    #[arg(long)]
    at_once: bool,
    /// The old keys are known to a stranger: stop believing what they signed, now.
    #[arg(long)]
    compromised: bool,
}

fn algorithm(name: &str) -> Result<Algorithm, &'static str> {
    Algorithm::parse(name).ok_or("RS256, PS256, ES256 or EdDSA")
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List { file, json } => block_on(list(&file.load_quietly()?, *json)),
        Command::Rotate(rotate) => block_on(rotate.run(&rotate.file.load_quietly()?)),
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

impl Rotate {
    async fn run(&self, settings: &Settings) -> anyhow::Result<Exit> {
        let (clock, rng) = (Clock::system(), Rng::system());
        let sealer = Sealer::new(&master(settings)?, clock.clone(), rng.clone());
        let store = Store::open(&settings.store, clock.clone(), rng.clone()).await?;
        let owners = settings.issuers.iter().map(Issuer::key_owner);
        let owners = owners.chain([KeyOwner::gateway()]);
        let keyrings = Keyrings::open(store, sealer, clock, rng, owners)
            .await
            .map_err(unwrapped)?;
        for owner in self.owners(settings)? {
            let made = keyrings.rotate(&owner, self.alg, self.haste()).await;
            for key in made.map_err(unwrapped)? {
                print(&format!("{owner:<20} {key}\n"));
            }
        }
        Ok(Exit::Done)
    }

    fn owners(&self, settings: &Settings) -> anyhow::Result<Vec<String>> {
        let all = owners(settings);
        if self.gateway {
            return Ok(vec![KeyOwner::GATEWAY.to_owned()]);
        }
        let Some(name) = &self.issuer else {
            return Ok(all);
        };
        let wanted = KeyOwner::issuer_name(&name.as_str().into());
        if !all.contains(&wanted) {
            bail!("there is no issuer {name}");
        }
        Ok(vec![wanted])
    }

    const fn haste(&self) -> Haste {
        match (self.compromised, self.at_once) {
            (true, _) => Haste::Compromised,
            (false, true) => Haste::SignAtOnce,
            (false, false) => Haste::None,
        }
    }
}

/// The key that the store's contents are sealed with.
pub(super) fn master(settings: &Settings) -> anyhow::Result<MasterKey> {
    match &settings.store.key {
        MasterKeySource::File(path) => Ok(MasterKey::load(path)?),
        MasterKeySource::Given(bytes) => Ok(MasterKey::from_bytes(bytes)?),
        MasterKeySource::Ephemeral => {
            bail!("nothing is kept: the master key is made anew at each start")
        }
    }
}

/// What is behind a token error, so that an unreachable database is known as one.
fn unwrapped(failed: TokenError) -> anyhow::Error {
    match failed {
        TokenError::Store(failed) => failed.into(),
        other @ (TokenError::Rng(_)
        | TokenError::Signing(_)
        | TokenError::NoKey
        | TokenError::Unsealable
        | TokenError::Corrupt) => other.into(),
    }
}

/// Whose keys there are: each issuer's, and the gateway's own.
fn owners(settings: &Settings) -> Vec<String> {
    settings
        .issuers
        .iter()
        .map(|issuer| KeyOwner::issuer_name(&issuer.id))
        .chain([KeyOwner::GATEWAY.to_owned()])
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

    #[test]
    fn a_rotation_publishes_a_successor_for_each_key_that_was_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        MasterKey::create(&dir.path().join("master.key"), &Rng::system()).unwrap();
        let text = "public_url = \"http://localhost:8080\"\n";
        let around = crate::config::Surroundings::of(dir.path(), []);
        let read = crate::config::examine_text("doorward.toml", text, &around);
        let settings = read.settings.unwrap();
        let rotate = Rotate {
            file: ConfigFile {
                config: "doorward.toml".into(),
            },
            issuer: None,
            gateway: true,
            alg: None,
            at_once: false,
            compromised: false,
        };
        let (gateway, issuer) = block_on(async {
            rotate.run(&settings).await?;
            let store = Store::open(&settings.store, Clock::system(), Rng::system()).await?;
            Ok((
                store.list_keys("gateway").await?,
                store.list_keys("issuer:default").await?,
            ))
        })
        .unwrap();
        let now = Clock::system().now();
        let states: Vec<_> = gateway
            .iter()
            .map(|key| state(key, &gateway, now))
            .collect();
        assert_eq!(states, ["signs", "published"]);
        assert_eq!(issuer.len(), 2, "one of each algorithm, and no more");
    }
}
