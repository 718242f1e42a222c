//! The rooms of one configuration, furnished: what every door is given.

use std::sync::Arc;
use std::time::Duration;

use super::StartError;
use super::remembering::Remembering;
use crate::base::{Clock, Rng};
use crate::config::Settings;
use crate::flow::Flow;
use crate::gateway::Snapshot;
use crate::gateway::signin::{self, SignIn};
use crate::identity::{AppLogins, Clients, Directory, Passwords, Throttle};
use crate::issuer::Documents;
use crate::keys::Sealer;
use crate::logout::{self, Logout};
use crate::outbound::Outbound;
use crate::session::{Feed, Revocations, Sessions};
use crate::store::Store;
use crate::telemetry::{AccessLog, Audit, Metrics};
use crate::tokens::{KeyOwner, Keyrings, StandingTokens, Terms, Tokens};
use crate::web::Kit;

/// How much longer than it could be believed a revocation is remembered: clocks differ.
const SKEW: Duration = Duration::from_mins(1);

/// Everything below the doors. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    /// The database.
    pub store: Store,
    /// What seals.
    pub sealer: Sealer,
    /// Who is here.
    pub sessions: Sessions,
    /// Who exists.
    pub directory: Directory,
    /// Registered apps.
    pub clients: Clients,
    /// Password hashing.
    pub passwords: Passwords,
    /// How often somebody may try.
    pub throttle: Throttle,
    /// Signing keys.
    pub keyrings: Keyrings,
    /// Minting and redeeming.
    pub tokens: Tokens,
    /// Tokens of people and services.
    pub standing: StandingTokens,
    /// What people sign in to apps with.
    pub app_logins: AppLogins,
    /// Calls to addresses that clients name.
    pub outbound: Outbound,
    /// Logins in progress.
    pub flow: Flow,
    /// What pages need.
    pub kit: Kit,
    /// Counters.
    pub metrics: Metrics,
    /// Audit records.
    pub audit: Audit,
    /// One line per request.
    pub access: AccessLog,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl Rooms {
    /// Opens the database and the keys, loads the revocation feed, and only then anything that
    /// believes a cookie.
    pub async fn open(
        settings: &Settings,
        clock: Clock,
        rng: Rng,
    ) -> Result<(Self, Feed), StartError> {
        let metrics = Metrics::new()?;
        let store = Store::open(&settings.store, clock.clone(), rng.clone()).await?;
        let sealer = Sealer::new(
            &super::master::load(settings, &store, &rng).await?,
            clock.clone(),
            rng.clone(),
        );
        let keyrings = keyrings(settings, &store, &sealer, (&clock, &rng)).await?;
        let revocations = Revocations::new(remembered(settings));
        let sessions = Sessions::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            rng.clone(),
            settings.session.clone(),
            revocations.clone(),
        );
        let directory = Directory::new(store.clone());
        let outbound = Outbound::new(&settings.outbound)?;
        let clients = clients(settings, &store, &outbound, &clock);
        let standing = StandingTokens::new(
            store.clone(),
            sealer.clone(),
            clock.clone(),
            settings.standing.clone(),
            settings.session.max,
        );
        let app_logins = AppLogins::new(store.clone(), sealer.clone());
        let remembering = Remembering {
            sessions: sessions.clone(),
            directory: directory.clone(),
            clients: clients.clone(),
            keyrings: keyrings.clone(),
            standing: standing.clone(),
            app_logins: app_logins.clone(),
        };
        let (keep, handlers) = (revocations.keep(), remembering.handlers());
        let feed = Feed::load(store.clone(), clock.clone(), keep, handlers).await?;
        let feed = feed.forgetting(remembering.forget());
        let forward = super::audit::into_store(store.clone(), metrics.clone());
        let rooms = Self {
            tokens: Tokens::new(
                store.clone(),
                sealer.clone(),
                keyrings.clone(),
                sessions.clone(),
                clock.clone(),
                rng.clone(),
            ),
            passwords: Passwords::start(settings.identity.hashes_at_once, rng.clone())?,
            throttle: Throttle::new(store.clone(), clock.clone(), &settings.identity),
            outbound,
            flow: Flow::new(sealer.clone(), clock.clone()),
            kit: kit(settings, &sealer, &rng)?,
            audit: Audit::start(settings.telemetry.audit.as_ref(), Some(forward), &metrics)?,
            access: AccessLog::start(settings.telemetry.log, &metrics)?,
            store,
            sealer,
            sessions,
            directory,
            clients,
            keyrings,
            standing,
            app_logins,
            metrics,
            clock,
            rng,
        };
        Ok((rooms, feed))
    }

    /// The same rooms with pages that look as `settings` say.
    pub fn redecorated(&self, settings: &Settings) -> Result<Self, StartError> {
        let kit = kit(settings, &self.sealer, &self.rng)?;
        Ok(Self {
            kit,
            ..self.clone()
        })
    }

    /// What hands sign-ins over to protected hosts.
    pub fn signin(&self, settings: &Settings) -> SignIn {
        let (clock, rng) = (self.clock.clone(), self.rng.clone());
        let (sessions, directory) = (self.sessions.clone(), self.directory.clone());
        SignIn::new(signin::Parts {
            site: settings.site.clone(),
            hosts: settings
                .routes
                .iter()
                .map(|route| route.matches.host.as_str())
                .collect(),
            kit: self.kit.clone(),
            flow: self.flow.clone(),
            sessions,
            directory,
            store: self.store.clone(),
            sealer: self.sealer.clone(),
            clock,
            rng,
        })
    }

    /// What tells apps that a session ended. To be made once: it listens to the store.
    pub fn logout(&self, settings: &Settings) -> Logout {
        Logout::new(logout::Parts {
            terms: settings.issuers.iter().map(Terms::from).collect(),
            store: self.store.clone(),
            clients: self.clients.clone(),
            tokens: self.tokens.clone(),
            outbound: self.outbound.clone(),
            audit: self.audit.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
        })
    }

    /// What the gateway serves by.
    pub fn snapshot(&self, settings: &Settings) -> Result<Snapshot, StartError> {
        let sign = super::signing::sign(self.keyrings.clone(), settings);
        Ok(Snapshot::build(
            &settings.site,
            &settings.routes,
            &settings.listen.trusted_proxies,
            sign,
            &self.metrics,
            self.clock.clone(),
        )?
        .asked_by(settings.forward_auth.clone()))
    }
}

/// The keys of every issuer and of the gateway.
async fn keyrings(
    settings: &Settings,
    store: &Store,
    sealer: &Sealer,
    (clock, rng): (&Clock, &Rng),
) -> Result<Keyrings, StartError> {
    let issuers = settings.issuers.iter();
    let owners = issuers.map(crate::issuer::Issuer::key_owner);
    let keyrings = Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        rng.clone(),
        owners.chain([KeyOwner::gateway()]),
    );
    let keyrings = keyrings.await;
    keyrings.map_err(|error| super::master::judge(settings, error))
}

/// Apps of the file, of the store, and those that describe themselves.
fn clients(settings: &Settings, store: &Store, outbound: &Outbound, clock: &Clock) -> Clients {
    let documents = Documents::new(
        settings.issuers.iter().cloned(),
        outbound.clone(),
        clock.clone(),
    );
    let clients = Clients::governed(
        settings.clients.iter().cloned(),
        store.clone(),
        settings.identity.owners.clone(),
    );
    clients.and_described(Arc::new(documents))
}

fn kit(settings: &Settings, sealer: &Sealer, rng: &Rng) -> Result<Kit, StartError> {
    let watchable = settings.issuers.iter().any(|i| i.session_management);
    let kit = Kit::new(
        &settings.site.public_url,
        "Doorward",
        sealer.clone(),
        rng.clone(),
    )?;
    Ok(kit.branded(&settings.brands).watchable(watchable))
}

/// The longest that anything issued before a revocation could still be believed.
fn remembered(settings: &Settings) -> Duration {
    let issuers = settings.issuers.iter();
    let tokens = issuers.map(crate::issuer::IssuerSettings::longest_access_token);
    tokens
        .chain([settings.session.lease])
        .max()
        .unwrap_or_default()
        + SKEW
}
