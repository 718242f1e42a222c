//! Registered apps: those of the configuration file, those of the store, and those that describe
//! themselves at the address that is their id.

mod used;

pub use used::Use;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use subtle::{Choice, ConstantTimeEq};

use self::used::Noted;
use super::{Directory, OwnerPermissions};
use crate::base::encoding::sha256;
use crate::base::opaque::ClientSecret;
use crate::base::{ClientId, IssuerId, Opaque, RngFailed, Secret};
use crate::keys::{Purpose, Sealer};
use crate::model::client::{ClientSecretHash, KeptSecret};
use crate::model::{Client, ClientAuthMethod, Event, EventKey};
use crate::store::{Store, StoreError};

/// Stored clients kept in memory.
const CACHED: usize = 4096;

/// Where clients are found that nobody registered.
pub trait Described: Send + Sync {
    /// The client whose id is the address of its own description; none when the issuer does not
    /// admit that address.
    fn find<'a>(
        &'a self,
        issuer: &'a IssuerId,
        id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<Arc<Client>>, Undescribed>>;
}

/// The description of a client cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client's description cannot be read")]
pub struct Undescribed;

/// Why it is not known which client is meant.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The database does not say.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client's own server does not say.
    #[error(transparent)]
    Undescribed(#[from] Undescribed),
}

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Clients {
    inner: Arc<Inner>,
    described: Option<Arc<dyn Described>>,
}

struct Inner {
    configured: ArcSwap<HashMap<ClientId, Arc<Client>>>,
    store: Store,
    stored: quick_cache::sync::Cache<ClientId, Arc<Client>>,
    changes: AtomicU64,
    used: quick_cache::sync::Cache<ClientId, Noted>,
    owners: Directory,
    permissions: OwnerPermissions,
}

fn by_id(clients: impl IntoIterator<Item = Client>) -> HashMap<ClientId, Arc<Client>> {
    let clients = clients.into_iter();
    clients
        .map(|client| (client.id.clone(), Arc::new(client)))
        .collect()
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clients(..)")
    }
}

impl Clients {
    /// The clients of the file, which win, and of `store`. Somebody must call [`Self::note`] with
    /// every event.
    pub fn new(configured: impl IntoIterator<Item = Client>, store: Store) -> Self {
        Self::governed(configured, store, OwnerPermissions::default())
    }

    /// The same, where clients are suspended while their owners do not hold `permissions`.
    pub fn governed(
        configured: impl IntoIterator<Item = Client>,
        store: Store,
        permissions: OwnerPermissions,
    ) -> Self {
        let configured = ArcSwap::from_pointee(by_id(configured));
        let stored = quick_cache::sync::Cache::new(CACHED);
        Self {
            inner: Arc::new(Inner {
                configured,
                owners: Directory::new(store.clone()),
                permissions,
                store,
                stored,
                changes: AtomicU64::new(0),
                used: quick_cache::sync::Cache::new(CACHED),
            }),
            described: None,
        }
    }

    /// The same, with clients that nobody registered.
    #[must_use]
    pub fn and_described(self, described: Arc<dyn Described>) -> Self {
        Self {
            described: Some(described),
            ..self
        }
    }

    /// Takes these for the clients of the file from now on.
    pub fn replace(&self, configured: impl IntoIterator<Item = Client>) {
        self.inner.configured.store(Arc::new(by_id(configured)));
    }

    /// The client of this id under `issuer`, unless it is switched off or suspended.
    pub async fn load(
        &self,
        issuer: &IssuerId,
        id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let client = match self.known(issuer, id).await {
            Ok(client) => client.filter(|client| !client.disabled),
            Err(ClientError::Undescribed(_)) => None,
            Err(ClientError::Store(error)) => return Err(error),
        };
        match client {
            Some(client) if self.is_suspended(&client).await? => Ok(None),
            client => Ok(client),
        }
    }

    /// The client of this id under `issuer`, on or off.
    pub async fn known(
        &self,
        issuer: &IssuerId,
        id: &ClientId,
    ) -> Result<Option<Arc<Client>>, ClientError> {
        match (self.find(id).await?, &self.described) {
            (Some(client), _) => Ok((client.issuer == *issuer).then_some(client)),
            (None, Some(described)) => Ok(described.find(issuer, id).await?),
            (None, None) => Ok(None),
        }
    }

    /// Whether the client has an owner who may not own clients, or is not there.
    pub async fn is_suspended(&self, client: &Client) -> Result<bool, StoreError> {
        let Some(owner) = &client.owner else {
            return Ok(false);
        };
        let owner = self.inner.owners.called(owner).await?;
        Ok(owner.is_none_or(|owner| !self.inner.permissions.hold(&owner)))
    }

    /// The client of this id that was registered, whichever its issuer, on or off.
    pub async fn find(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(client) = self.inner.configured.load().get(id) {
            return Ok(Some(client.clone()));
        }
        if let Some(client) = self.inner.stored.get(id) {
            return Ok(Some(client));
        }
        let before = self.inner.changes.load(Ordering::SeqCst);
        let Some(client) = self.inner.store.load_client(id).await?.map(Arc::new) else {
            return Ok(None);
        };
        self.inner.stored.insert(id.clone(), client.clone());
        if self.inner.changes.load(Ordering::SeqCst) != before {
            self.inner.stored.remove(id);
        }
        Ok(Some(client))
    }

    /// Every client there is: of the file first, then of the store, each by id.
    pub async fn list(&self) -> Result<Vec<Arc<Client>>, StoreError> {
        let configured = self.inner.configured.load_full();
        let mut clients: Vec<_> = configured.values().cloned().collect();
        clients.sort_by(|a, b| a.id.cmp(&b.id));
        let stored = self.inner.store.list_clients().await?.into_iter();
        let shadowed = |client: &Client| configured.contains_key(&client.id);
        clients.extend(stored.filter(|client| !shadowed(client)).map(Arc::new));
        Ok(clients)
    }

    /// Forgets what an event says has changed.
    pub fn note(&self, event: &Event) {
        self.inner.owners.note(event);
        if let EventKey::Client(id) = &event.key {
            self.inner.changes.fetch_add(1, Ordering::SeqCst);
            self.inner.stored.remove(id);
        }
    }

    /// Forgets every stored client.
    pub fn forget(&self) {
        self.inner.owners.forget();
        self.inner.changes.fetch_add(1, Ordering::SeqCst);
        self.inner.stored.clear();
    }
}

/// Whether `secret` is one of the client's. The same work for a client that is not there, or that
/// has no secret: nobody learns which by the clock.
pub fn secret_is_right(client: Option<&Client>, secret: &Secret<String>) -> bool {
    let presented = sha256(secret.expose_secret().as_bytes());
    let nobodys = [0; 32];
    let known = client.map_or(&[][..], |client| client.secrets.as_slice());
    // Always two comparisons: as many as a client in rotation has.
    let hashes = (0..known.len().max(2)).map(|at| match known.get(at) {
        Some(ClientSecretHash::Generated(hash)) => hash.as_bytes(),
        Some(ClientSecretHash::Configured(hash) | ClientSecretHash::Kept(hash, _)) => hash,
        None => &nobodys,
    });
    hashes
        .fold(Choice::from(0), |right, hash| {
            right | hash.ct_eq(&presented)
        })
        .into()
}

/// A generated secret as kept for the client `id`: its hash, and where the client authenticates with
/// codes made with the secret, the secret itself, sealed.
pub fn secret_as_kept(
    (id, auth): (&ClientId, ClientAuthMethod),
    secret: &Opaque<ClientSecret>,
    sealer: &Sealer,
) -> Result<ClientSecretHash, RngFailed> {
    if auth != ClientAuthMethod::ClientSecretJwt {
        return Ok(ClientSecretHash::Generated(secret.hash()));
    }
    let hash = *secret.hash().as_bytes();
    let aad = bound(id, &hash);
    let plain = secret.reveal().as_bytes();
    let envelope = sealer.seal_at_rest(Purpose::ClientSecret, &aad, plain)?;
    Ok(ClientSecretHash::Kept(hash, KeptSecret::Sealed(envelope)))
}

/// The secrets of `client` that are kept; those whose hash alone is known are not among them.
pub fn kept_secrets(client: &Client, sealer: &Sealer) -> Vec<Secret<String>> {
    let secrets = client.secrets.iter().filter_map(|secret| match secret {
        ClientSecretHash::Generated(_) | ClientSecretHash::Configured(_) => None,
        ClientSecretHash::Kept(_, KeptSecret::Plain(secret)) => Some(secret.clone()),
        ClientSecretHash::Kept(hash, KeptSecret::Sealed(envelope)) => {
            let aad = bound(&client.id, hash);
            let plain = sealer.open_at_rest(Purpose::ClientSecret, &aad, envelope)?;
            String::from_utf8(plain.to_vec()).ok().map(Secret::new)
        }
    });
    secrets.collect()
}

/// A sealed secret is one client's, and the one with this hash.
fn bound(id: &ClientId, hash: &[u8; 32]) -> Vec<u8> {
    [id.as_str().as_bytes(), &[0], hash].concat()
}

#[cfg(test)]
mod tests;
