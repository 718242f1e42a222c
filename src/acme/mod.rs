//! Certificates from an authority that gives them to whoever answers at their host (ACME, RFC 8555).
//!
//! Whatever is kept is in the database, sealed: on many nodes one orders, whose turn it is by one
//! statement, and the others read. A node that dies while it orders loses its turn after a while.

mod answers;
mod error;
mod http;
mod issued;
mod order;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use instant_acme::{Account, AccountCredentials};
use tokio::sync::watch;

pub use answers::Answers;
pub use error::AcmeError;
pub use issued::Issued;
pub use settings::{AcmeSettings, ExternalAccount};

use self::http::Caller;
use crate::base::{Clock, Rng, Timestamp};
use crate::keys::{Purpose, Sealer};
use crate::outbound::OutboundError;
use crate::store::{AcmeRow, Store, StoreError};
use crate::telemetry::Metrics;

/// How often the database is looked at while every host has a certificate.
const LOOK: Duration = Duration::from_secs(30);
/// How often while one has none: another node may have got it.
const LOOK_SOON: Duration = Duration::from_secs(1);
/// For how long it is this node's turn.
const TURN: Duration = Duration::from_mins(10);
/// How long an order may take; less than a turn.
const ORDER: Duration = Duration::from_mins(5);

/// What orders certificates. Cheap to clone.
#[derive(Clone)]
pub struct Acme(Arc<Inner>);

struct Inner {
    settings: AcmeSettings,
    store: Store,
    sealer: Sealer,
    caller: Caller,
    metrics: Metrics,
    clock: Clock,
    rng: Rng,
    hosts: ArcSwap<Vec<String>>,
    issued: watch::Sender<Arc<Vec<Issued>>>,
}

/// What it is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// What seals.
    pub sealer: Sealer,
    /// Counters.
    pub metrics: Metrics,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl Acme {
    /// Reads the authorities' file; calls nobody.
    pub fn new(settings: &AcmeSettings, parts: Parts) -> Result<Self, OutboundError> {
        Ok(Self(Arc::new(Inner {
            caller: Caller::new(settings)?,
            settings: settings.clone(),
            store: parts.store,
            sealer: parts.sealer,
            metrics: parts.metrics,
            clock: parts.clock,
            rng: parts.rng,
            hosts: ArcSwap::default(),
            issued: watch::Sender::default(),
        })))
    }

    /// What the authority is answered.
    pub fn answers(&self) -> Answers {
        Answers::new(self.0.store.clone(), self.0.clock.clone())
    }

    /// Orders for these hosts from now on, the most important first.
    pub fn set_hosts(&self, hosts: Vec<String>) {
        self.0.hosts.store(Arc::new(hosts));
    }

    /// The certificates of those hosts, in their order, whenever they change.
    pub fn issued(&self) -> watch::Receiver<Arc<Vec<Issued>>> {
        self.0.issued.subscribe()
    }

    /// Reads what is kept, once.
    pub async fn load(&self) -> Result<(), StoreError> {
        let rows = self.rows().await?;
        self.publish(&rows);
        Ok(())
    }

    /// Orders what is due and reads what others have got, for as long as the process runs.
    pub async fn run(self) {
        loop {
            let wait = match self.round().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "certificates could not be looked after");
                    LOOK
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Gives the time until the next one.
    async fn round(&self) -> Result<Duration, StoreError> {
        let mut rows = self.rows().await?;
        self.publish(&rows);
        let hosts = self.0.hosts.load_full();
        let mut ordered = false;
        for host in hosts.iter() {
            let now = self.0.clock.now();
            let is_due = rows.get(host).is_none_or(|row| row.due <= now);
            if is_due && self.try_order(host, now).await? {
                ordered = true;
            }
        }
        if ordered {
            rows = self.rows().await?;
            self.publish(&rows);
        }
        let has = |host: &String| rows.get(host).is_some_and(|row| row.sealed.is_some());
        Ok(if hosts.iter().all(has) {
            LOOK
        } else {
            LOOK_SOON
        })
    }

    async fn rows(&self) -> Result<BTreeMap<String, AcmeRow>, StoreError> {
        let rows = self.0.store.acme_rows(&self.0.settings.directory).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.host.clone(), row))
            .collect())
    }

    fn publish(&self, rows: &BTreeMap<String, AcmeRow>) {
        let hosts = self.0.hosts.load();
        let issued = hosts.iter().filter_map(|host| {
            let sealed = rows.get(host)?.sealed.as_deref()?;
            let opened = Issued::open(host, sealed, &self.0.sealer);
            if opened.is_none() {
                tracing::error!(host, "the certificate that is kept cannot be opened");
            }
            opened
        });
        let issued: Vec<Issued> = issued.collect();
        self.0.issued.send_if_modified(|known| {
            let same = known.len() == issued.len()
                && known.iter().zip(&issued).all(|(a, b)| a.chain == b.chain);
            if !same {
                *known = Arc::new(issued);
            }
            !same
        });
    }

    /// Orders, if it is this node's turn; whether there is a new certificate.
    async fn try_order(&self, host: &str, now: Timestamp) -> Result<bool, StoreError> {
        let Inner {
            store, settings, ..
        } = &*self.0;
        let directory = &settings.directory;
        let turn = store
            .take_acme_turn(directory, host, now, now.plus(TURN))
            .await?;
        let Some(failures) = turn else {
            return Ok(false);
        };
        let ordered = tokio::time::timeout(ORDER, self.order(host)).await;
        match ordered.unwrap_or(Err(AcmeError::TooLong)) {
            Ok((sealed, due)) => {
                store
                    .keep_acme_certificate(directory, host, &sealed, due)
                    .await?;
                self.0.metrics.acme_order("ok");
                tracing::info!(host, renewed_at = %due.rfc3339(), "there is a new certificate");
                Ok(true)
            }
            Err(error) => {
                if error.is_about_the_account() {
                    // The authority has forgotten it: the next order makes a new one.
                    store.forget_acme_account(directory).await?;
                }
                let wait = issued::patience(failures, self.jitter());
                let due = self.0.clock.now().plus(wait);
                store.fail_acme_order(directory, host, due).await?;
                self.0.metrics.acme_order("failed");
                tracing::error!(
                    host,
                    %error,
                    again_at = %due.rfc3339(),
                    "no certificate could be had"
                );
                Ok(false)
            }
        }
    }

    /// A new certificate as it is kept, and when to ask for the next.
    async fn order(&self, host: &str) -> Result<(Vec<u8>, Timestamp), AcmeError> {
        tracing::info!(
            host,
            directory = self.0.settings.directory,
            "ordering a certificate"
        );
        let account = self.account().await?;
        let issued = order::certificate(&account, host, &self.answers()).await?;
        let due = issued.renew_at(self.jitter());
        let due = due.ok_or(AcmeError::NoCertificate)?;
        Ok((issued.seal(&self.0.sealer)?, due))
    }

    /// The account that is kept for this directory, made where there is none.
    async fn account(&self) -> Result<Account, AcmeError> {
        let Inner {
            store,
            settings,
            sealer,
            ..
        } = &*self.0;
        let (directory, caller) = (&settings.directory, self.0.caller.clone());
        let aad = directory.as_bytes();
        let kept = store.acme_account(directory).await?;
        let kept = kept.and_then(|sealed| sealer.open_at_rest(Purpose::Acme, aad, &sealed));
        if let Some(text) = kept {
            let credentials: AccountCredentials = serde_json::from_slice(&text)?;
            return order::account(credentials, caller).await;
        }
        let (account, credentials) = order::new_account(settings, caller).await?;
        let text = zeroize::Zeroizing::new(serde_json::to_vec(&credentials)?);
        let sealed = sealer.seal_at_rest(Purpose::Acme, aad, &text)?;
        store.keep_acme_account(directory, &sealed).await?;
        Ok(account)
    }

    fn jitter(&self) -> u32 {
        self.0.rng.bytes().map_or(0, u32::from_be_bytes)
    }
}
