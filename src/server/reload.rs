//! A running server takes over a changed file: on SIGHUP, when it watches the file, and for
//! certificates whenever their files change. Everything new is built first; if that fails, what was
//! in force stays in force and the log says why.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::Signal;

use super::doors::{doors, hosts};
use super::{Rooms, StartError, ordering, signals};
use crate::acme::Acme;
use crate::config::{self, Settings};
use crate::gateway::tls::{Certificates, TlsError};
use crate::gateway::{Gateway, TlsSource};
use crate::logout::Logout;

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// What is exchanged, and what it was made of.
pub struct Reload {
    pub(super) settings: Settings,
    pub(super) rooms: Rooms,
    pub(super) gateway: Arc<Gateway>,
    pub(super) logout: Logout,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) acme: Option<Acme>,
    /// Listened for since before the first request, or it would end the process.
    pub(super) hangup: Signal,
    /// Whether a changed file is taken over without being told to.
    pub(super) watch: bool,
}

impl Reload {
    /// Takes over what changes, for as long as the process runs.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(LOOK);
        let (mut file, mut pems) = (self.file_stamp(), self.certificate_stamp());
        loop {
            let asked = tokio::select! {
                Some(()) = self.hangup.recv() => true,
                _ = tick.tick() => false,
            };
            let now = self.file_stamp();
            if asked || (self.watch && now != file) {
                self.again().await;
            } else if self.certificate_stamp() != pems {
                self.renew_certificates();
            }
            (file, pems) = (now, self.certificate_stamp());
        }
    }

    /// Reads the file and takes it over, or says why not.
    async fn again(&mut self) {
        let since = NotifyState::monotonic_usec_now().ok();
        let reloading = [Some(NotifyState::Reloading), since];
        signals::tell_supervisor(&reloading.into_iter().flatten().collect::<Vec<_>>());
        let taken = self.read().await;
        self.rooms.metrics.reloaded(taken, self.rooms.clock.now());
        signals::tell_supervisor(&[NotifyState::Ready]);
    }

    async fn read(&mut self) -> bool {
        let Some(path) = self.settings.file.clone() else {
            tracing::warn!("there is no file to read again");
            return false;
        };
        let read = tokio::task::spawn_blocking(move || config::load(&path)).await;
        let new = match read {
            Ok(Ok(new)) => new,
            Ok(Err(report)) => {
                tracing::error!(%report, "the changed file is not taken over: it has mistakes");
                return false;
            }
            Err(error) => {
                tracing::error!(%error, "the changed file could not be read");
                return false;
            }
        };
        match self.take(new).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the changed file is not taken over");
                false
            }
        }
    }

    async fn take(&mut self, new: Settings) -> Result<(), StartError> {
        let later = self.settings.sections.fixed(&new.sections).join(", ");
        let mut settings = Settings {
            routes: new.routes,
            clients: new.clients,
            brands: new.brands,
            ..self.settings.clone()
        };
        if settings.listen.tls.is_some() && new.listen.tls.is_some() {
            settings.listen.tls = new.listen.tls;
        }
        let rooms = self.rooms.redecorated(&settings)?;
        let snapshot = rooms.snapshot(&settings)?;
        let doors = doors(&settings, &rooms, &self.logout);
        // The last that can fail; nothing has changed before.
        self.load_certificates(&settings)?;
        self.gateway.replace(snapshot, doors).await;
        if let (Some(acme), Some(certificates)) = (&self.acme, &self.certificates) {
            acme.set_hosts(ordering::hosts(&settings, certificates));
        }
        rooms.clients.replace(settings.clients.iter().cloned());
        tracing::info!(
            routes = settings.routes.len(),
            clients = settings.clients.len(),
            "the changed file is in force"
        );
        if !later.is_empty() {
            tracing::warn!(
                tables = later,
                "these tables changed, too: they are taken over by a restart"
            );
        }
        (self.settings, self.rooms) = (settings, rooms);
        Ok(())
    }

    fn load_certificates(&self, settings: &Settings) -> Result<(), TlsError> {
        match (&self.certificates, &settings.listen.tls) {
            (Some(certificates), Some(source)) => certificates.reload(source, &hosts(settings)),
            (Some(_), None) | (None, Some(_) | None) => Ok(()),
        }
    }

    fn renew_certificates(&self) {
        match self.load_certificates(&self.settings) {
            Ok(()) => tracing::info!("the certificates were replaced"),
            // The two files are seldom written at once: the next look may find them matching.
            Err(error) => tracing::warn!(%error, "the changed certificate is not taken over"),
        }
    }

    fn file_stamp(&self) -> Option<Stamp> {
        self.settings.file.as_deref().and_then(stamp)
    }

    fn certificate_stamp(&self) -> Vec<Option<Stamp>> {
        let files: Vec<&PathBuf> = match &self.settings.listen.tls {
            Some(TlsSource::Files(pairs)) => pairs
                .iter()
                .flat_map(|pair| [&pair.cert, &pair.key])
                .collect(),
            Some(TlsSource::Dev { .. } | TlsSource::Ordered) | None => Vec::new(),
        };
        files.into_iter().map(|path| stamp(path)).collect()
    }
}

/// Which file it is, through links (certificates are often exchanged by turning one), and when it was
/// last written, in seconds and nanoseconds.
type Stamp = (u64, i64, i64);

fn stamp(path: &Path) -> Option<Stamp> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.ino(), data.mtime(), data.mtime_nsec()))
}
