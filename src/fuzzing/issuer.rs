//! What clients say to an issuer, one parser at a time.

use std::sync::LazyLock;

use super::first_line;
use crate::base::ScopeSet;
use crate::config::{Settings, load_text};
use crate::issuer::{IssuerSettings, fuzz};
use crate::model::{Client, ClientAuthMethod, Tenant};
use crate::tokens::Terms;

/// The site that targets work on.
pub(super) const SITE: &str = include_str!("../../fuzz/house/site.toml");

static SETTINGS: LazyLock<Option<(Settings, IssuerSettings, Terms)>> = LazyLock::new(|| {
    let settings = load_text("site.toml", SITE).ok()?;
    let issuer = settings.issuers.first()?.clone();
    let terms = Terms::from(&issuer);
    Some((settings, issuer, terms))
});

fn issuer() -> Option<&'static (Settings, IssuerSettings, Terms)> {
    assert!(SETTINGS.is_some(), "the site's settings are wrong");
    SETTINGS.as_ref()
}

fn client(id: &str) -> Option<&'static Client> {
    let mut clients = issuer()?.0.clients.iter();
    clients.find(|client| client.id.as_str() == id)
}

/// One of its tenants.
pub(super) fn acme() -> Option<&'static Tenant> {
    issuer()?.2.catalogue.tenant(Some(&"acme".into()))
}

/// Two lines of text, and what follows.
fn lines(input: &[u8]) -> Option<(&str, &str, &[u8])> {
    let (first, rest) = first_line(input);
    let (second, rest) = first_line(rest);
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some((text(first)?, text(second)?, rest))
}

pub(super) fn redirect_uri(input: &[u8]) {
    let Some((registered, presented, _)) = lines(input) else {
        return;
    };
    for auth in [ClientAuthMethod::None, ClientAuthMethod::ClientSecret] {
        fuzz::redirect_uri(registered, presented, auth);
    }
}

pub(super) fn client_authentication(input: &[u8]) {
    let (authorization, form) = first_line(input);
    fuzz::client_authentication(authorization, form);
}

pub(super) fn subject_name(input: &[u8]) {
    let (name, certificate) = first_line(input);
    if let Ok(name) = std::str::from_utf8(name) {
        fuzz::subject_name(name, certificate);
    }
}

pub(super) fn claims_parameter(input: &[u8]) {
    let (Ok(text), Some((_, _, terms))) = (std::str::from_utf8(input), issuer()) else {
        return;
    };
    for scopes in ["openid", "openid profile email plans"] {
        let scopes = ScopeSet::parse(scopes).unwrap_or_default();
        fuzz::claims_parameter(text, &scopes, &terms.catalogue);
    }
}

pub(super) fn registration(input: &[u8]) {
    if let Some((_, settings, _)) = issuer() {
        fuzz::registration(input, settings);
    }
}

pub(super) fn metadata_document(input: &[u8]) {
    let (address, body) = first_line(input);
    let Ok(address) = std::str::from_utf8(address) else {
        return;
    };
    if let Some((_, settings, _)) = issuer() {
        fuzz::metadata_document(address, body, settings);
    }
}

pub(super) fn request_object(input: &[u8]) {
    let (payload, beside) = first_line(input);
    for alone in [false, true] {
        fuzz::request_object(payload, beside, alone);
    }
}

pub(super) fn resources(input: &[u8]) {
    let Some((_, _, terms)) = issuer() else {
        return;
    };
    for id in ["shop", "till"] {
        if let Some(client) = client(id) {
            fuzz::resources(terms, client, input);
        }
    }
}

/// What a client calls a tenant: its UUID as it is written, and nothing else.
pub(super) fn tenants(input: &[u8]) {
    let (Ok(text), Some((_, _, terms))) = (std::str::from_utf8(input), issuer()) else {
        return;
    };
    if let Some(tenant) = terms.catalogue.tenant_called(text) {
        assert_eq!(tenant.uuid, text);
        assert_eq!(terms.catalogue.tenant(Some(&tenant.id)), Some(tenant));
    }
}
