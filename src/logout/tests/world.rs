//! A site with two issuers, and Alice, who signs in and out.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::base::{Clock, SessionId, Timestamp};
use crate::identity::{Clients, Described};
use crate::logout::{Courier, Logout, Parts};
use crate::model::{Algorithm, AuditRecord, Client, Device, Login, Proven, User};
use crate::outbound::{Outbound, OutboundSettings, Reach};
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::tokens::tests::ground::Ground;
use crate::tokens::{KeyOwner, Terms, Tokens};

pub struct World {
    pub courier: Courier,
    pub logout: Logout,
    pub sessions: Sessions,
    pub store: Store,
    pub tokens: Tokens,
    pub clock: Clock,
    pub audited: Arc<Mutex<Vec<AuditRecord>>>,
    pub metrics: Metrics,
}

pub fn terms(name: &str) -> Terms {
    Terms {
        algs: vec![Algorithm::EdDSA],
        ..crate::tokens::tests::terms(name)
    }
}

pub async fn world(clients: Vec<Client>) -> World {
    world_with(clients, None).await
}

pub async fn world_with(clients: Vec<Client>, described: Option<Arc<dyn Described>>) -> World {
    let ground = Ground::new().await;
    ground.store.insert_user(&alice(), None).await.unwrap();
    let owners = ["production", "beta"].map(|name| KeyOwner {
        name: KeyOwner::issuer_name(&name.into()),
        algs: vec![Algorithm::ES256, Algorithm::EdDSA],
        ..KeyOwner::gateway()
    });
    let tokens = ground.tokens(owners).await;
    let outbound = OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    };
    let mut clients = Clients::new(clients, ground.store.clone());
    if let Some(described) = described {
        clients = clients.and_described(described);
    }
    let logout = Logout::new(Parts {
        terms: vec![terms("production"), terms("beta")],
        clients,
        store: ground.store.clone(),
        tokens: tokens.clone(),
        outbound: Outbound::new(&outbound).unwrap(),
        audit: ground.audit,
        metrics: ground.metrics.clone(),
        clock: ground.clock.clone(),
        rng: ground.rng,
    });
    World {
        courier: Courier::new(logout.clone()),
        logout,
        sessions: ground.sessions,
        store: ground.store,
        tokens,
        clock: ground.clock,
        audited: ground.audited,
        metrics: ground.metrics,
    }
}

fn alice() -> User {
    User {
        id: "u-alice".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".to_owned(),
        name: String::new(),
        email: None,
        email_verified: false,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::from_seconds(1_700_000_000),
        updated: Timestamp::from_seconds(1_700_000_000),
        epoch: 0,
    }
}

pub fn client(id: &str, issuer: &str, uri: impl Into<Option<String>>) -> Client {
    let mut client = Client::new(id, issuer);
    client.logout.backchannel = uri.into();
    client
}

impl World {
    /// A session in which alice opened these clients.
    pub async fn opened(&self, clients: &[(&str, &str)]) -> SessionId {
        let proven = Proven {
            user: "u-alice".into(),
            epoch: 0,
            amr: Vec::new(),
            at: self.clock.now(),
        };
        let session = self.sessions.start(&proven, Device::default()).await;
        let id = session.unwrap().unwrap().id;
        for (issuer, client) in clients {
            let names = (&(*issuer).into(), &(*client).into());
            let noted = self.store.note_client(&id, names, self.clock.now());
            assert!(noted.await.unwrap());
        }
        id
    }

    /// The same, signed out of again.
    pub async fn signed_out(&self, clients: &[(&str, &str)]) -> SessionId {
        let id = self.opened(clients).await;
        assert!(self.sessions.end(&id).await.unwrap());
        id
    }

    /// Tells whom it can now, until nothing is due.
    pub async fn deliver(&mut self) {
        while self.courier.take_on().await.unwrap() {
            self.courier.finish().await;
        }
    }

    pub async fn waiting(&self) -> i64 {
        self.store.count_logouts().await.unwrap()
    }

    pub fn audited(&self) -> Vec<(&'static str, bool)> {
        let records = self.audited.lock();
        records.iter().map(|r| (r.reason, r.ok)).collect()
    }
}
