//! Descriptions of clients, with what must hold of those that are taken.

#![expect(
    clippy::missing_panics_doc,
    reason = "to panic when a promise is broken is what these are for"
)]

use super::document::{is_admitted, told};
use super::members::Members;
use super::read;
use super::rules::{self, Able};
use crate::base::ClientId;
use crate::issuer::IssuerSettings;
use crate::model::{Client, ClientAuthMethod, Pkce};

/// What an app sends to be registered.
pub fn registration(body: &[u8], settings: &IssuerSettings) {
    let Ok(members) = Members::read(body) else {
        return;
    };
    let blank = Client::new("c", settings.id.clone());
    if let Ok(client) = read::client(&members, blank, settings) {
        obeys(&client, settings);
    }
}

/// The address and the body of a document that describes a client.
pub fn metadata_document(address: &str, body: &[u8], settings: &IssuerSettings) {
    let id = ClientId::from(address);
    let hosts = &settings.registration.metadata_hosts;
    let admitted = is_admitted(address, hosts);
    if admitted {
        let url = url::Url::parse(address);
        assert!(address.starts_with("https://"), "{address}");
        assert!(url.is_ok_and(|url| url.as_str() == address), "{address}");
        let host = |host: &String| address.starts_with(&format!("https://{host}/"));
        assert!(hosts.iter().any(host), "{address}");
    }
    let Ok(members) = Members::read(body) else {
        return;
    };
    if let Ok(client) = told(settings, &members, &id) {
        assert_eq!(client.id, id);
        assert!(client.secrets.is_empty(), "a secret that all can read");
        let known = matches!(
            client.auth,
            ClientAuthMethod::None | ClientAuthMethod::PrivateKeyJwt
        );
        assert!(known, "{:?}", client.auth);
        obeys(&client, settings);
    }
}

fn obeys(client: &Client, settings: &IssuerSettings) {
    let faults = rules::faults(client, Able::of(settings));
    assert!(faults.is_empty(), "{faults:?}");
    assert!(client.scopes.is_subset(&settings.registration.scopes));
    assert!(!client.auth.is_public() || client.pkce == Pkce::Required);
    for uri in &client.redirect_uris {
        let lower = uri.to_ascii_lowercase();
        let script = ["javascript:", "data:", "vbscript:", "file:", "blob:"];
        assert!(
            !script.iter().any(|scheme| lower.starts_with(scheme)),
            "{uri}"
        );
        assert!(!uri.contains('#'), "{uri}");
    }
}
