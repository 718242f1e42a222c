//! Clients that describe themselves, and the rules that every description obeys, whoever wrote it.

mod admit;
mod called;
mod create;
mod document;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod keys;
mod logo;
mod manage;
mod members;
mod parts;
mod read;
pub mod rules;

mod settings;
mod write;

pub use create::create;
pub use document::Documents;
pub use logo::{Logos, links, logo};
pub use manage::{delete, replace, show};
pub use settings::{RegistrationMode, RegistrationSettings};

use serde_json::{Map, Value};

use super::settings::IssuerSettings;

/// What discovery says about it: nothing where clients are not registered so.
pub fn metadata(settings: &IssuerSettings) -> Map<String, Value> {
    let mut all = Map::new();
    match settings.registration.mode {
        RegistrationMode::Off => {}
        RegistrationMode::Token | RegistrationMode::Open => {
            let endpoint = format!("{}{}", settings.url, settings.endpoints.register);
            all.insert("registration_endpoint".to_owned(), endpoint.into());
        }
    }
    if !settings.registration.metadata_hosts.is_empty() {
        let supported = "client_id_metadata_document_supported";
        all.insert(supported.to_owned(), true.into());
    }
    all
}
