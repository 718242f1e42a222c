//! The master key of a configuration, and whether it is the one this database was sealed with.

use std::path::PathBuf;

use super::StartError;
use crate::base::Rng;
use crate::config::Settings;
use crate::keys::MasterKey;
use crate::store::{MasterKeySource, Store};
use crate::tokens::{KeyOwner, TokenError};

/// The key and the database do not belong together.
#[derive(Debug, thiserror::Error)]
pub enum KeyMismatch {
    /// The database has sealed keys, and there is no key file.
    #[error(
        "{} is missing, and this database was sealed with it: put it back from the backup. (No other \
         one is made, as nothing sealed could be read with it. For a fresh start, remove the database.)",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The database was sealed with another key.
    #[error("{key} is not the master key that this database was sealed with")]
    Another {
        /// Which key was tried.
        key: String,
    },
}

/// Reads the master key, or makes it for a database that has nothing sealed yet.
pub async fn load(settings: &Settings, store: &Store, rng: &Rng) -> Result<MasterKey, StartError> {
    Ok(match &settings.store.key {
        MasterKeySource::File(path) => {
            // Whatever was started once has the gateway's keys.
            let sealed = || store.list_keys(KeyOwner::GATEWAY);
            if !path.exists() && !sealed().await?.is_empty() {
                return Err(KeyMismatch::Missing { path: path.clone() }.into());
            }
            MasterKey::load_or_create(path, rng)?
        }
        MasterKeySource::Given(bytes) => MasterKey::from_bytes(bytes)?,
        MasterKeySource::Ephemeral => MasterKey::ephemeral(rng)?,
    })
}

/// Names the key that cannot open what is stored.
pub fn judge(settings: &Settings, error: TokenError) -> StartError {
    let TokenError::Unsealable = error else {
        return error.into();
    };
    let key = match &settings.store.key {
        MasterKeySource::File(path) => path.display().to_string(),
        MasterKeySource::Given(_) => "the key in storage.key".to_owned(),
        MasterKeySource::Ephemeral => "a key made anew at each start".to_owned(),
    };
    KeyMismatch::Another { key }.into()
}
