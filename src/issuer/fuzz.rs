//! What the fuzz targets call of this door, each with what must hold whatever comes in. Only there
//! for tests and for those who fuzz; a broken promise is a panic.

#![expect(
    clippy::missing_panics_doc,
    reason = "to panic when a promise is broken is what these are for"
)]

pub use super::authorize::fuzz::{claims_parameter, redirect_uri, request_object};
pub use super::client_auth::fuzz::{client_authentication, subject_name};
pub use super::register::fuzz::{metadata_document, registration};

use super::resource;
use crate::base::ScopeSet;
use crate::model::Client;
use crate::tokens::{Terms, reach};
use crate::web::Params;

/// Resource indicators in a query: each at most once, known, and open to the client.
pub fn resources(terms: &Terms, client: &Client, query: &[u8]) {
    let Ok(params) = Params::parse(query) else {
        return;
    };
    let Ok(named) = resource::named(terms, client, &params) else {
        return;
    };
    assert!(named.len() <= 10, "{named:?}");
    for (at, id) in named.iter().enumerate() {
        assert!(reach::is_open_to(terms, client, id), "{id}");
        assert!(params.values("resource").any(|sent| sent == id), "{id}");
        assert!(!named.iter().take(at).any(|other| other == id), "{id}");
    }
    // What one request may name, the same request narrowed to it may name too.
    let scopes = params.find("scope").map(ScopeSet::parse);
    if let Some(Ok(scopes)) = scopes
        && resource::fit(terms, &scopes, &named).is_ok()
    {
        assert!(resource::still_meant(terms, &named, (&scopes, &scopes)).len() <= named.len());
    }
}
