//! The doors: everything the site answers, what guards the apps, and the certificates of both.

use std::sync::Arc;

use axum::Router;

use super::bearers::bearers;
use super::{Rooms, StartError};
use crate::acme::Acme;
use crate::config::Settings;
use crate::gateway::bearer::{AccessTokens, metadata};
use crate::gateway::client_certs::Asking;
use crate::gateway::signin::{self, SignIn};
use crate::gateway::tls::Certificates;
use crate::gateway::{self, Compat, Doors, Gateway};
use crate::identity::ClientKeyrings;
use crate::issuer::{Issuer, IssuerState};
use crate::login::LoginState;
use crate::logout::Logout;
use crate::tokens::Terms;
use crate::web;

/// What every request comes to first.
pub(super) fn door(
    settings: &Settings,
    rooms: &Rooms,
    logout: &Logout,
    acme: Option<&Acme>,
) -> Result<Gateway, StartError> {
    let parts = gateway::Parts {
        snapshot: rooms.snapshot(settings)?,
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        bearers: bearers(settings, rooms),
        app_logins: rooms.app_logins.clone(),
        doors: doors(settings, rooms, logout),
        answers: acme.map(Acme::answers),
        metrics: rooms.metrics.clone(),
        access: rooms.access.clone(),
        audit: rooms.audit.clone(),
        clock: rooms.clock.clone(),
    };
    Ok(Gateway::new(parts, &rooms.rng)?)
}

/// What is answered without an upstream.
pub(super) fn doors(settings: &Settings, rooms: &Rooms, logout: &Logout) -> Doors {
    let signin = rooms.signin(settings);
    Doors {
        router: site(settings, rooms, &signin, logout),
        signin,
        kit: rooms.kit.clone(),
    }
}

/// `None` when the server speaks plain HTTP.
pub(super) fn certificates(
    settings: &Settings,
    rooms: &Rooms,
) -> Result<Option<Arc<Certificates>>, StartError> {
    let Some(source) = &settings.listen.tls else {
        return Ok(None);
    };
    let asked = settings.listen.client_certificates.as_ref();
    let asking = asked.map(|asked| Asking::load(asked, rooms.clock.clone()));
    let loaded = Certificates::load(
        source,
        &hosts(settings),
        asking.transpose()?,
        rooms.metrics.clone(),
    )?;
    Ok(Some(loaded))
}

/// Every host name that certificates must cover.
pub(super) fn hosts(settings: &Settings) -> Vec<String> {
    let routes = settings
        .routes
        .iter()
        .map(|route| route.matches.host.clone());
    let mut hosts: Vec<_> = routes.chain([settings.site.host.clone()]).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// What routes that take access tokens say of themselves.
fn protected_resources(settings: &Settings) -> Router {
    let terms: Vec<_> = settings.issuers.iter().map(Terms::from).collect();
    let of = |access: &AccessTokens| terms.iter().find(|terms| terms.issuer == access.issuer);
    let certificates = settings.listen.client_certificates.is_some();
    metadata::router(&settings.site, &settings.routes, of, certificates)
}

/// Where people save what they sign in to apps with.
fn credentials(settings: &Settings, rooms: &Rooms) -> signin::credentials::Parts {
    signin::credentials::Parts {
        kit: rooms.kit.clone(),
        sessions: rooms.sessions.clone(),
        logins: rooms.app_logins.clone(),
        audit: rooms.audit.clone(),
        clock: rooms.clock.clone(),
        routes: signin::credentials::hosts(&settings.routes),
    }
}

fn oauth2_proxy(settings: &Settings, signin: &SignIn) -> Router {
    let forward_auth = settings.forward_auth.as_ref();
    if forward_auth.is_some_and(|door| door.compat.contains(&Compat::Oauth2Proxy)) {
        signin::neighbours::oauth2_proxy(signin.clone())
    } else {
        Router::new()
    }
}

/// Everything the site answers, as one value: the doors, merged.
pub(crate) fn site(settings: &Settings, rooms: &Rooms, signin: &SignIn, logout: &Logout) -> Router {
    let issuers = settings
        .issuers
        .iter()
        .cloned()
        .map(Issuer::new)
        .map(Arc::new);
    let issuer = IssuerState {
        issuers: Arc::new(issuers.collect()),
        kit: rooms.kit.clone(),
        flow: rooms.flow.clone(),
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        clients: rooms.clients.clone(),
        tokens: rooms.tokens.clone(),
        client_keys: ClientKeyrings::new(rooms.outbound.clone(), rooms.clock.clone()),
        outbound: rooms.outbound.clone(),
        logout: logout.clone(),
        store: rooms.store.clone(),
        sealer: rooms.sealer.clone(),
        clock: rooms.clock.clone(),
        audit: rooms.audit.clone(),
        metrics: rooms.metrics.clone(),
    };
    let login = LoginState {
        kit: rooms.kit.clone(),
        flow: rooms.flow.clone(),
        sessions: rooms.sessions.clone(),
        directory: rooms.directory.clone(),
        passwords: rooms.passwords.clone(),
        throttle: rooms.throttle.clone(),
        logout: logout.clone(),
        store: rooms.store.clone(),
        audit: rooms.audit.clone(),
        metrics: rooms.metrics.clone(),
        clock: rooms.clock.clone(),
        rng: rooms.rng.clone(),
        settings: Arc::new(settings.login.clone()),
    };
    let doors = Router::new()
        .merge(crate::issuer::router(&issuer))
        .merge(crate::login::router(login))
        .merge(signin::router(signin.clone()))
        .merge(signin::route_host(signin.clone()))
        .merge(signin::neighbours::router(signin.clone()))
        .merge(oauth2_proxy(settings, signin))
        .merge(gateway::portal::router(
            signin.clone(),
            &settings.site,
            &settings.routes,
        ))
        .merge(signin::credentials::router(credentials(settings, rooms)))
        .merge(signin::jwks::router(rooms.keyrings.clone()))
        .merge(protected_resources(settings));
    web::site(doors, &rooms.kit)
}
