//! People, as every request needs them: from memory, unless something changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::UserId;
use crate::model::{Event, EventKey, Login, User};
use crate::store::{Store, StoreError};

/// People kept in memory; about a kilobyte each.
const CACHED: usize = 16_384;
/// Owners of clients whose ids are kept.
const LOGINS: usize = 1024;

/// The people of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Directory(Arc<Inner>);

struct Inner {
    store: Store,
    people: quick_cache::sync::Cache<UserId, Arc<User>>,
    /// Owners of clients, by the names they are named by.
    logins: quick_cache::sync::Cache<Login, UserId>,
    /// Grows with every change, so that a row read before a change is not kept after it.
    changes: AtomicU64,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory(..)")
    }
}

impl Directory {
    /// The people in `store`. Somebody must call [`Self::note`] with every event.
    pub fn new(store: Store) -> Self {
        let people = quick_cache::sync::Cache::new(CACHED);
        Self(Arc::new(Inner {
            store,
            people,
            logins: quick_cache::sync::Cache::new(LOGINS),
            changes: AtomicU64::new(0),
        }))
    }

    /// A person from memory, without any I/O.
    pub fn cached(&self, id: &UserId) -> Option<Arc<User>> {
        self.0.people.get(id)
    }

    /// A person, if there is one, disabled or not.
    pub async fn person(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        if let Some(user) = self.cached(id) {
            return Ok(Some(user));
        }
        let before = self.0.changes.load(Ordering::SeqCst);
        let Some(user) = self.0.store.load_user(id).await?.map(Arc::new) else {
            return Ok(None);
        };
        self.0.people.insert(id.clone(), user.clone());
        if self.0.changes.load(Ordering::SeqCst) != before {
            self.0.people.remove(id);
        }
        Ok(Some(user))
    }

    /// Whose user name or e-mail address this is, from memory unless something changed.
    pub async fn called(&self, login: &Login) -> Result<Option<Arc<User>>, StoreError> {
        if let Some(id) = self.0.logins.get(login)
            && let Some(user) = self.person(&id).await?
        {
            return Ok(Some(user));
        }
        let before = self.0.changes.load(Ordering::SeqCst);
        let Some(user) = self.find(login).await? else {
            return Ok(None);
        };
        self.0.logins.insert(login.clone(), user.id.clone());
        if self.0.changes.load(Ordering::SeqCst) != before {
            self.0.logins.remove(login);
        }
        // Not what was just read: that may be older than an event since.
        self.person(&user.id).await
    }

    /// Whose user name or e-mail address this is.
    pub async fn find(&self, login: &Login) -> Result<Option<User>, StoreError> {
        self.0.store.find_user(login).await
    }

    /// Forgets what an event says has changed.
    pub fn note(&self, event: &Event) {
        if let EventKey::User(id) = &event.key {
            self.0.changes.fetch_add(1, Ordering::SeqCst);
            self.0.people.remove(id);
            // The name may be somebody else's now.
            self.0.logins.clear();
        }
    }

    /// Forgets everybody.
    pub fn forget(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        self.0.people.clear();
        self.0.logins.clear();
    }

    /// The database behind it.
    pub fn store(&self) -> &Store {
        &self.0.store
    }
}
