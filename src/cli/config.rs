//! `doorward config`.

mod route;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{ConfigFile, Exit, print_json};
use crate::config::{Settings, json_schema};
use crate::gateway::{IdentityValue, Listen, TlsSource, Upstream};
use crate::issuer::IssuerSettings;
use crate::model::{Algorithm, Client, Resource};
use crate::store::{Database, MasterKeySource};
use crate::tokens::claims::Catalogue;
pub(super) use route::instead;
use route::route;

/// Print the file's schema, or the settings in force.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the JSON Schema of the file, for editors.
    Schema,
    /// Print the settings in force, defaults included and secrets left out, as JSON.
    Show {
        #[command(flatten)]
        file: ConfigFile,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Schema => print_json(json_schema()),
        Command::Show { file } => print_json(&shown(&file.load()?)),
    }
    Ok(Exit::Done)
}

fn shown(settings: &Settings) -> Value {
    let span = |span: std::time::Duration| humantime::format_duration(span).to_string();
    json!({
        "public_url": settings.site.public_url,
        "listen": listen(settings),
        "acme": settings.acme.as_ref().map(acme),
        "storage": storage(settings),
        "session": {
            "idle": span(settings.session.idle),
            "max": span(settings.session.max),
            "lease": span(settings.session.lease),
        },
        "login": {
            "password": { "min_length": settings.login.password_min_length },
            "throttle": {
                "per_account": rate(settings.identity.per_account),
                "per_ip": rate(settings.identity.per_ip),
                "hashes_at_once": settings.identity.hashes_at_once,
            },
        },
        "issuer": settings.issuers.iter().map(issuer).collect::<Vec<_>>(),
        "resource": settings.resources.iter().map(resource).collect::<Vec<_>>(),
        "client": settings.clients.iter().map(client).collect::<Vec<_>>(),
        "route": settings.routes.iter().map(route).collect::<Vec<_>>(),
        "site_paths": settings.site.prefixes,
        "telemetry": {
            "log": format!("{:?}", settings.telemetry.log).to_lowercase(),
            "audit": settings.telemetry.audit.as_ref().map(|audit| json!({
                "file": audit.file,
                "chain": audit.chain,
            })),
        },
    })
}

fn rate(rate: crate::identity::Rate) -> String {
    format!("{}/{}", rate.count, humantime::format_duration(rate.window))
}

fn listen(settings: &Settings) -> Value {
    let listen = &settings.listen;
    let main: Vec<String> = listen
        .main
        .iter()
        .map(|at| match at {
            Listen::Tcp(address) => address.to_string(),
            Listen::Unix(path) => format!("unix:{}", path.display()),
        })
        .collect();
    let senders = &listen.proxy_protocol;
    let unix = senders.unix.then(|| "unix".to_owned());
    let senders = senders.networks.iter().map(ToString::to_string).chain(unix);
    json!({
        "main": main,
        "redirect": listen.redirect,
        "ops": listen.ops,
        "tls": listen.tls.as_ref().map(|tls| match tls {
            TlsSource::Files(pairs) => pairs
                .iter()
                .map(|pair| json!({ "cert": pair.cert, "key": pair.key }))
                .collect(),
            TlsSource::Ordered => json!({ "ordered": true }),
            TlsSource::Dev { dir } => json!({ "dev": true, "authority": dir }),
        }),
        "trusted_proxies": listen.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "proxy_protocol": senders.collect::<Vec<_>>(),
    })
}

fn acme(acme: &crate::acme::AcmeSettings) -> Value {
    json!({
        "directory": acme.directory,
        "contact": acme.contact,
        "hosts": acme.hosts,
        "ca": acme.ca,
        "external_account": acme.external.as_ref().map(|external| &external.id),
    })
}

fn storage(settings: &Settings) -> Value {
    json!({
        "engine": match &settings.store.database {
            Database::Memory => json!("memory"),
            Database::Sqlite(path) => json!({ "sqlite": path }),
            // The URL may hold a password.
            Database::Postgres(_) => json!("postgres"),
        },
        "key": match &settings.store.key {
            MasterKeySource::File(path) => json!({ "file": path }),
            MasterKeySource::Given(_) => json!("given"),
            MasterKeySource::Ephemeral => json!("made at each start"),
        },
    })
}

fn issuer(issuer: &IssuerSettings) -> Value {
    let span = |span: std::time::Duration| humantime::format_duration(span).to_string();
    let algs: Vec<_> = issuer.algs.iter().map(|alg| alg.as_str()).collect();
    let endpoints = &issuer.endpoints;
    json!({
        "name": issuer.id,
        "url": issuer.url,
        "algs": algs,
        "endpoints": {
            "authorize": endpoints.authorize,
            "token": endpoints.token,
            "userinfo": endpoints.userinfo,
            "end_session": endpoints.end_session,
            "revoke": endpoints.revoke,
            "register": endpoints.register,
            "jwks": endpoints.jwks,
        },
        "registration": {
            "mode": issuer.registration.mode.as_str(),
            "scopes": issuer.registration.scopes.iter().collect::<Vec<_>>(),
            "consent": issuer.registration.consent,
            "pkce": issuer.registration.pkce,
            "most": issuer.registration.most,
            "per_ip": rate(issuer.registration.per_ip),
            "assertion_for_token_endpoint": issuer.registration.assertion_for_token_endpoint,
            "metadata_hosts": issuer.registration.metadata_hosts,
        },
        "rotate_every": span(issuer.rotate_every),
        "jwks_max_age": span(issuer.jwks_max_age),
        "code": span(issuer.code),
        "access_token": span(issuer.access_token),
        "id_token": span(issuer.id_token),
        "refresh_token": span(issuer.refresh_token),
        "refresh_reuse_grace": span(issuer.refresh_reuse_grace),
        "id_token_claims": issuer.id_token_claims,
        "scope_claims": issuer.catalogue.scope_claims,
        "claims": claims(&issuer.catalogue),
    })
}

fn resource(resource: &Resource) -> Value {
    let span = |span| humantime::format_duration(span).to_string();
    json!({
        "id": resource.id,
        "name": resource.name,
        "scopes": resource.scopes,
        "access_token": resource.access_token.map(span),
        "servers": resource.servers,
    })
}

fn claims(catalogue: &Catalogue) -> Value {
    let claims = catalogue.custom.iter();
    claims
        .map(|(name, claim)| {
            let shown = json!({ "value": claim.value.as_str(), "scope": claim.scope });
            (name.as_str().to_owned(), shown)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn client(client: &Client) -> Value {
    json!({
        "id": client.id,
        "at": client.origin,
        "issuer": client.issuer,
        "name": client.name,
        "auth": client.auth,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scopes": client.scopes.iter().collect::<Vec<_>>(),
        "resources": client.resources,
        "consent": client.consent,
        "pkce": client.pkce,
        "id_token_claims": client.id_token_claims,
        "id_token_alg": client.id_token_alg.map(Algorithm::as_str),
    })
}

/// Whether a header says the same of everybody, as a shared secret does.
pub(super) fn is_fixed(value: &IdentityValue) -> bool {
    match value {
        IdentityValue::Username
        | IdentityValue::Subject
        | IdentityValue::Email
        | IdentityValue::Name
        | IdentityValue::Groups => false,
        IdentityValue::Template(text) => !text.contains('{'),
        IdentityValue::Secret(_) | IdentityValue::Basic(_) => true,
    }
}

/// What a header says, as it would be written in the file; what is fixed is not said.
pub(super) fn meaning(value: &IdentityValue) -> String {
    match value {
        IdentityValue::Username => "{user.username}".to_owned(),
        IdentityValue::Subject => "{user.sub}".to_owned(),
        IdentityValue::Email => "{user.email}".to_owned(),
        IdentityValue::Name => "{user.name}".to_owned(),
        IdentityValue::Groups => "{user.groups}".to_owned(),
        IdentityValue::Template(_) if is_fixed(value) => "(a fixed text)".to_owned(),
        IdentityValue::Template(text) => text.clone(),
        IdentityValue::Basic(_) => "(Basic, with {user.username})".to_owned(),
        IdentityValue::Secret(_) => "(a secret)".to_owned(),
    }
}

/// An upstream, as it would be written in the file.
pub(super) fn upstream(upstream: &Upstream) -> String {
    match upstream {
        Upstream::Http { host, port } => format!("http://{host}:{port}"),
        Upstream::Https { host, port } => format!("https://{host}:{port}"),
        Upstream::Unix(path) => format!("unix:{}", path.display()),
        Upstream::Loopback(address) => format!("http://{address}"),
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
