//! A client as its own registration says it (RFC 7591 3.2.1): everything that holds, by the names of
//! the standards.

use serde_json::{Map, Value, json};

use super::read::method_name;
use crate::issuer::state::At;
use crate::model::client::{ClientKeys, SubjectType, TlsSubject};
use crate::model::{Client, Registration};

/// Everything but secrets and tokens.
pub fn metadata(client: &Client) -> Map<String, Value> {
    let mut all = Map::new();
    let Value::Object(always) = json!({
        "client_id": client.id,
        "client_name": client.name,
        "application_type": client.about.application.as_str(),
        "token_endpoint_auth_method": method_name(client.auth),
        "redirect_uris": client.redirect_uris,
        "response_types": client.flows.response_types,
        "grant_types": client.flows.grants,
        "scope": client.scopes.to_string(),
    }) else {
        return all;
    };
    all.extend(always);
    for (name, value) in texts(client) {
        if let Some(value) = value {
            all.insert(name.to_owned(), Value::from(value));
        }
    }
    for (name, list) in [
        (
            "post_logout_redirect_uris",
            &client.post_logout_redirect_uris,
        ),
        ("request_uris", &client.security.request_uris),
        ("default_acr_values", &client.defaults.acr_values),
        ("contacts", &client.about.contacts),
    ] {
        if !list.is_empty() {
            all.insert(name.to_owned(), Value::from(list.clone()));
        }
    }
    for (name, on) in flags(client) {
        if on {
            all.insert(name.to_owned(), Value::Bool(true));
        }
    }
    if let Some(seconds) = client.defaults.max_age {
        all.insert("default_max_age".to_owned(), Value::from(seconds));
    }
    keys(client, &mut all);
    subject(client, &mut all);
    all
}

/// What goes with the registration itself (RFC 7591 3.2.1, RFC 7592 3). `token` is shown to who has
/// it.
pub fn registration(
    at: &At,
    client: &Client,
    by: &Registration,
    token: &str,
) -> Map<String, Value> {
    let mut all = metadata(client);
    let seconds = by.at.millis().div_euclid(1000);
    all.insert("client_id_issued_at".to_owned(), Value::from(seconds));
    all.insert("registration_access_token".to_owned(), Value::from(token));
    let settings = at.issuer.settings();
    let uri = format!(
        "{}{}/{}",
        settings.url, settings.endpoints.register, client.id
    );
    all.insert("registration_client_uri".to_owned(), Value::from(uri));
    all
}

fn texts(client: &Client) -> Vec<(&'static str, Option<&str>)> {
    let (about, algs) = (&client.about, &client.algs);
    let logout = &client.logout;
    let mut texts = vec![
        ("client_uri", about.client_uri.as_deref()),
        ("logo_uri", about.logo_uri.as_deref()),
        ("policy_uri", about.policy_uri.as_deref()),
        ("tos_uri", about.tos_uri.as_deref()),
        (
            "initiate_login_uri",
            client.defaults.initiate_login_uri.as_deref(),
        ),
        ("backchannel_logout_uri", logout.backchannel.as_deref()),
        ("frontchannel_logout_uri", logout.frontchannel.as_deref()),
        ("request_object_signing_alg", algs.request_object.as_deref()),
        ("token_endpoint_auth_signing_alg", algs.auth.as_deref()),
    ];
    for (name, alg) in [
        ("id_token_signed_response_alg", client.id_token_alg),
        ("userinfo_signed_response_alg", algs.userinfo),
        ("authorization_signed_response_alg", algs.response),
        ("introspection_signed_response_alg", algs.introspection),
    ] {
        texts.push((name, alg.map(crate::model::Algorithm::as_str)));
    }
    texts
}

fn flags(client: &Client) -> [(&'static str, bool); 7] {
    let (security, logout) = (&client.security, &client.logout);
    [
        ("require_auth_time", client.defaults.require_auth_time),
        (
            "require_pushed_authorization_requests",
            security.require_par,
        ),
        (
            "require_signed_request_object",
            security.require_signed_request,
        ),
        ("dpop_bound_access_tokens", security.require_dpop),
        (
            "tls_client_certificate_bound_access_tokens",
            security.certificate_bound_tokens,
        ),
        (
            "backchannel_logout_session_required",
            logout.backchannel.is_some() && logout.backchannel_session,
        ),
        (
            "frontchannel_logout_session_required",
            logout.frontchannel.is_some() && logout.frontchannel_session,
        ),
    ]
}

fn keys(client: &Client, all: &mut Map<String, Value>) {
    match &client.keys {
        None => {}
        Some(ClientKeys::JwksUri(uri)) => {
            all.insert("jwks_uri".to_owned(), Value::from(uri.clone()));
        }
        Some(ClientKeys::Jwks(set)) => {
            if let Ok(set) = serde_json::from_str(set) {
                all.insert("jwks".to_owned(), set);
            }
        }
    }
    if let Some(subject) = &client.tls {
        let (name, text) = match subject {
            TlsSubject::SubjectDn(text) => ("tls_client_auth_subject_dn", text),
            TlsSubject::SanDns(text) => ("tls_client_auth_san_dns", text),
            TlsSubject::SanUri(text) => ("tls_client_auth_san_uri", text),
            TlsSubject::SanIp(text) => ("tls_client_auth_san_ip", text),
            TlsSubject::SanEmail(text) => ("tls_client_auth_san_email", text),
        };
        all.insert(name.to_owned(), Value::from(text.clone()));
    }
}

fn subject(client: &Client, all: &mut Map<String, Value>) {
    let (name, sector) = match &client.subject_type {
        SubjectType::Public => ("public", None),
        SubjectType::Pairwise { sector_uri } => ("pairwise", sector_uri.as_deref()),
    };
    all.insert("subject_type".to_owned(), Value::from(name));
    if let Some(uri) = sector {
        all.insert("sector_identifier_uri".to_owned(), Value::from(uri));
    }
}
