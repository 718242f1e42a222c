//! Certificates that are ordered: from the room that gets them to the listeners that use them.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::doors;
use super::{Rooms, StartError};
use crate::acme::{Acme, Issued, Parts};
use crate::config::Settings;
use crate::gateway::tls::Certificates;

/// What orders, with what is kept of earlier in use already; `None` when nothing is ordered.
pub(super) async fn prepare(
    settings: &Settings,
    rooms: &Rooms,
    certificates: Option<&Arc<Certificates>>,
) -> Result<Option<Acme>, StartError> {
    let (Some(ordering), Some(certificates)) = (&settings.acme, certificates) else {
        return Ok(None);
    };
    let parts = Parts {
        store: rooms.store.clone(),
        sealer: rooms.sealer.clone(),
        metrics: rooms.metrics.clone(),
        clock: rooms.clock.clone(),
        rng: rooms.rng.clone(),
    };
    let acme = Acme::new(ordering, parts)?;
    let hosts = hosts(settings, certificates);
    acme.set_hosts(hosts.clone());
    acme.load().await?;
    let issued = acme.issued().borrow().clone();
    put(certificates, &issued);
    let missing = hosts
        .iter()
        .filter(|host| !issued.iter().any(|one| one.host == **host));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if !missing.is_empty() {
        tracing::warn!(
            hosts = missing.join(" "),
            directory = ordering.directory,
            "certificates are being ordered; until they are there, browsers will warn of these hosts"
        );
    }
    Ok(Some(acme))
}

/// Orders and renews in the background.
pub(super) fn start(acme: Acme, certificates: &Arc<Certificates>, background: &mut JoinSet<()>) {
    let (mut issued, certificates) = (acme.issued(), Arc::clone(certificates));
    background.spawn(async move {
        while issued.changed().await.is_ok() {
            let now = issued.borrow_and_update().clone();
            put(&certificates, &now);
        }
    });
    background.spawn(acme.run());
}

fn put(certificates: &Certificates, issued: &[Issued]) {
    let pems = issued.iter();
    certificates
        .put_ordered(pems.map(|one| (one.chain.as_str(), one.key.expose_secret().as_str())));
}

/// The hosts to order for, the site's own first: those that are named, or all that are served and
/// have no certificate. An authority knows neither wildcards nor names of this machine.
pub(super) fn hosts(settings: &Settings, certificates: &Certificates) -> Vec<String> {
    let named = settings.acme.as_ref().and_then(|acme| acme.hosts.clone());
    let mut hosts = named.unwrap_or_else(|| {
        let served = doors::hosts(settings).into_iter();
        let public = |host: &String| {
            host.contains('.')
                && !host.contains('*')
                && !host.starts_with('[')
                && !host.ends_with(".localhost")
                && host.parse::<std::net::IpAddr>().is_err()
        };
        served
            .filter(|host| public(host) && !certificates.are_given_for(host))
            .collect()
    });
    hosts.sort_by_key(|host| *host != settings.site.host);
    hosts
}
