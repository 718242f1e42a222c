//! How a site is put together.

use std::sync::Arc;

use super::{BETA, PROD, SITE, World};
use crate::flow::Flow;
use crate::identity::{ClientKeyrings, Clients, Directory};
use crate::issuer::tests::registry::*;
use crate::issuer::{Documents, Issuer, IssuerSettings, IssuerState, router};
use crate::logout::{self, Logout};
use crate::model::{Algorithm, Client};
use crate::outbound::{Outbound, OutboundSettings, Reach};
use crate::session::feed;
use crate::tokens::tests::ground::Ground;
use crate::tokens::{Terms, Tokens};
use crate::web::{Kit, site};

pub async fn build(
    change: impl FnOnce(&mut Vec<Client>),
    algs: &[Algorithm],
    outbound: Outbound,
    adjust: impl Fn(&mut IssuerSettings),
) -> World {
    let ground = Ground::new().await;
    for user in ["alice", "bob"] {
        let user = person(user);
        ground.store.insert_user(&user, None).await.unwrap();
    }
    let mut registered = registered();
    change(&mut registered);
    let mut issuers = [issuer("production", PROD), issuer("beta", BETA)];
    issuers.iter_mut().for_each(adjust);
    let key_owners = issuers.iter().map(Issuer::key_owner).map(|mut owner| {
        owner.algs.retain(|alg| algs.contains(alg));
        owner
    });
    let tokens = ground.tokens(key_owners).await;
    let documents = Documents::new(issuers.clone(), outbound.clone(), ground.clock.clone());
    let clients = Clients::governed(registered.clone(), ground.store.clone(), owners())
        .and_described(Arc::new(documents));
    let state = state(&ground, issuers, (clients, tokens), outbound);
    World {
        site: site(router(&state), &state.kit),
        store: ground.store,
        sessions: ground.sessions,
        clock: ground.clock,
        tokens: state.tokens.clone(),
        audited: ground.audited,
        state,
        registered,
    }
}

fn registered() -> Vec<Client> {
    let b1 = Client {
        issuer: "beta".into(),
        ..confidential("b1")
    };
    vec![confidential("c1"), confidential("c2"), client("p1"), b1]
}

fn state(
    ground: &Ground,
    issuers: [IssuerSettings; 2],
    (clients, tokens): (Clients, Tokens),
    outbound: Outbound,
) -> IssuerState {
    let clock = ground.clock.clone();
    let directory = Directory::new(ground.store.clone());
    listen(ground, &directory, &clients);
    let logout = Logout::new(logout::Parts {
        terms: issuers.iter().map(Terms::from).collect(),
        store: ground.store.clone(),
        clients: clients.clone(),
        tokens: tokens.clone(),
        outbound: outbound.clone(),
        audit: ground.audit.clone(),
        metrics: ground.metrics.clone(),
        clock: clock.clone(),
        rng: ground.rng.clone(),
    });
    IssuerState {
        kit: kit(ground, &issuers),
        issuers: Arc::new(issuers.into_iter().map(Issuer::new).map(Arc::new).collect()),
        flow: Flow::new(ground.sealer.clone(), clock.clone()),
        sessions: ground.sessions.clone(),
        directory,
        clients,
        tokens,
        client_keys: ClientKeyrings::new(outbound.clone(), clock.clone()),
        outbound,
        store: ground.store.clone(),
        sealer: ground.sealer.clone(),
        clock,
        audit: ground.audit.clone(),
        logout,
        metrics: ground.metrics.clone(),
    }
}

fn kit(ground: &Ground, issuers: &[IssuerSettings]) -> Kit {
    let watched = issuers.iter().any(|issuer| issuer.session_management);
    let kit = Kit::new(
        SITE,
        "Acme login",
        ground.sealer.clone(),
        ground.rng.clone(),
    );
    kit.unwrap().branded(&brands()).watchable(watched)
}

/// What changes is noticed at once.
fn listen(ground: &Ground, directory: &Directory, clients: &Clients) {
    let (sessions, directory) = (ground.sessions.clone(), directory.clone());
    let clients = clients.clone();
    ground.store.on_event(move |event| {
        feed::apply(&sessions, event);
        directory.note(event);
        clients.note(event);
    });
}

/// Calls servers on this machine, as tests start them.
pub fn outbound() -> Outbound {
    Outbound::new(&OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    })
    .unwrap()
}
