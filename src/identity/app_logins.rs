//! What people sign in to apps with that know only names and passwords: sealed in storage, one per
//! person and route, opened when a request of theirs goes there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base::{RngFailed, RouteId, Secret, Timestamp, UserId};
use crate::keys::{Purpose, Sealer};
use crate::model::{Event, EventKey};
use crate::store::{Store, StoreError};

/// Kept in memory; a few hundred bytes each.
const CACHED: usize = 16_384;

/// What somebody signs in to an app with.
pub struct AppLogin {
    /// The name that the app knows them by.
    pub name: String,
    /// Their password there.
    pub password: Secret<String>,
    /// Both, as `Authorization` says them (RFC 7617 2).
    basic: HeaderValue,
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    name: &'a str,
    password: &'a str,
}

/// Why a name or password cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitLogin {
    /// RFC 7617 2: what follows a colon would be taken for the password.
    #[error("a name is 1 to 255 characters without colons and control characters")]
    Name,
    /// Too long, empty, or with bytes that no header may have.
    #[error("a password is 1 to 1024 characters without control characters")]
    Password,
}

/// Why it was not loaded or kept.
#[derive(Debug, thiserror::Error)]
pub enum AppLoginError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// It was sealed under another master key.
    #[error("a stored app credential cannot be opened: is this the right master key?")]
    Unsealable,
}

impl AppLogin {
    /// Longest name, in bytes.
    const NAME: usize = 255;
    /// Longest password, in bytes.
    const PASSWORD: usize = 1024;

    /// From what was typed.
    pub fn new(name: &str, password: Secret<String>) -> Result<Self, UnfitLogin> {
        let plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if name.len() > Self::NAME || name.contains(':') || !plain(name) {
            return Err(UnfitLogin::Name);
        }
        let typed = password.expose_secret();
        if typed.len() > Self::PASSWORD || !plain(typed) {
            return Err(UnfitLogin::Password);
        }
        let both = Zeroizing::new(format!("{name}:{typed}"));
        let text = format!("Basic {}", STANDARD.encode(both.as_bytes()));
        let mut basic = HeaderValue::try_from(text).map_err(|_| UnfitLogin::Password)?;
        basic.set_sensitive(true);
        Ok(Self {
            name: name.to_owned(),
            password,
            basic,
        })
    }

    /// `Authorization: Basic`.
    pub const fn basic(&self) -> &HeaderValue {
        &self.basic
    }
}

impl std::fmt::Debug for AppLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppLogin(..)")
    }
}

/// Everybody's. Cheap to clone.
#[derive(Clone)]
pub struct AppLogins(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    /// Also that somebody has none.
    kept: Cache<(UserId, RouteId), Option<Arc<AppLogin>>>,
    /// Grows with every change, so that a row read before a change is not kept after it.
    changes: AtomicU64,
}

impl std::fmt::Debug for AppLogins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppLogins(..)")
    }
}

impl AppLogins {
    /// Those in `store`. Somebody must call [`Self::note`] with every event.
    pub fn new(store: Store, sealer: Sealer) -> Self {
        Self(Arc::new(Inner {
            store,
            sealer,
            kept: Cache::new(CACHED),
            changes: AtomicU64::new(0),
        }))
    }

    /// What `user` signs in to the app of `route` with. From memory unless something changed.
    pub async fn load(
        &self,
        user: &UserId,
        route: &RouteId,
    ) -> Result<Option<Arc<AppLogin>>, AppLoginError> {
        let key = (user.clone(), route.clone());
        if let Some(kept) = self.0.kept.get(&key) {
            return Ok(kept);
        }
        let before = self.0.changes.load(Ordering::SeqCst);
        let sealed = self.0.store.load_app_credential(user, route).await?;
        let login = sealed.map(|sealed| self.opened(user, route, &sealed));
        let login = login.transpose()?.map(Arc::new);
        self.0.kept.insert(key.clone(), login.clone());
        if self.0.changes.load(Ordering::SeqCst) != before {
            self.0.kept.remove(&key);
        }
        Ok(login)
    }

    /// Keeps it, sealed for this person and route.
    pub async fn keep(
        &self,
        user: &UserId,
        route: &RouteId,
        login: &AppLogin,
    ) -> Result<(), AppLoginError> {
        let plain = Plain {
            name: &login.name,
            password: login.password.expose_secret(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&plain).map_err(|_| RngFailed)?);
        let bound = bound(user, route);
        let sealed = self
            .0
            .sealer
            .seal_at_rest(Purpose::AppLogin, &bound, &plain)?;
        Ok(self.0.store.put_app_credential(user, route, sealed).await?)
    }

    /// Forgets it; `false` when there was none.
    pub async fn remove(&self, user: &UserId, route: &RouteId) -> Result<bool, AppLoginError> {
        Ok(self.0.store.remove_app_credential(user, route).await?)
    }

    /// For which routes something of `user`'s is kept, and since when.
    pub async fn list(&self, user: &UserId) -> Result<Vec<(RouteId, Timestamp)>, AppLoginError> {
        Ok(self.0.store.list_app_credentials(user).await?)
    }

    fn opened(
        &self,
        user: &UserId,
        route: &RouteId,
        sealed: &[u8],
    ) -> Result<AppLogin, AppLoginError> {
        let bound = bound(user, route);
        let plain = self
            .0
            .sealer
            .open_at_rest(Purpose::AppLogin, &bound, sealed);
        let plain = plain.ok_or(AppLoginError::Unsealable)?;
        let both: Owned = serde_json::from_slice(&plain).map_err(|_| AppLoginError::Unsealable)?;
        AppLogin::new(&both.name, Secret::new(both.password)).map_err(|_| AppLoginError::Unsealable)
    }

    /// Forgets what an event says has changed.
    pub fn note(&self, event: &Event) {
        if let EventKey::Credentials(user) = &event.key {
            self.0.changes.fetch_add(1, Ordering::SeqCst);
            self.0.kept.retain(|(whose, _), _| whose != user);
        }
    }

    /// Forgets everybody's.
    pub fn forget(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        self.0.kept.clear();
    }
}

/// As it is read back.
#[derive(Deserialize)]
struct Owned {
    name: String,
    password: String,
}

/// What is sealed is of one person at one route; none can be swapped for another's.
fn bound(user: &UserId, route: &RouteId) -> Vec<u8> {
    format!("{user}\0{route}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Clock, Rng};
    use crate::keys::MasterKey;
    use crate::store::{Database, MasterKeySource, StoreSettings};

    async fn logins() -> (AppLogins, Store) {
        let (clock, rng) = (Clock::system(), Rng::system());
        let settings = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, clock.clone(), rng.clone()).await;
        let store = store.unwrap();
        let master = MasterKey::ephemeral(&rng).unwrap();
        let logins = AppLogins::new(store.clone(), Sealer::new(&master, clock, rng));
        let noted = logins.clone();
        store.on_event(move |event| noted.note(event));
        (logins, store)
    }

    fn login(name: &str, password: &str) -> Result<AppLogin, UnfitLogin> {
        AppLogin::new(name, Secret::new(password.to_owned()))
    }

    #[tokio::test]
    async fn a_login_is_kept_sealed_and_read_back_for_its_person_and_route_alone() {
        let (logins, store) = logins().await;
        let (ada, bob) = ("u-ada".into(), "u-bob".into());
        let (wiki, mail) = ("wiki".into(), "mail".into());
        assert!(logins.load(&ada, &wiki).await.unwrap().is_none());
        let own = login("Ada", "pa:ss \u{17e}").unwrap();
        logins.keep(&ada, &wiki, &own).await.unwrap();
        let found = logins.load(&ada, &wiki).await.unwrap().unwrap();
        assert_eq!(found.basic(), own.basic());
        assert_eq!(found.name, "Ada");
        assert!(logins.load(&bob, &wiki).await.unwrap().is_none());

        // A row that was copied to another place opens nothing there.
        let sealed = store
            .load_app_credential(&ada, &wiki)
            .await
            .unwrap()
            .unwrap();
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("pa:ss") && !text.contains("Ada"));
        store.put_app_credential(&ada, &mail, sealed).await.unwrap();
        let moved = logins.load(&ada, &mail).await;
        assert!(matches!(moved, Err(AppLoginError::Unsealable)));

        assert!(logins.remove(&ada, &wiki).await.unwrap());
        assert!(logins.load(&ada, &wiki).await.unwrap().is_none());
    }

    #[test]
    fn what_a_header_could_not_say_is_refused() {
        for name in ["", "a:b", "a\nb", "\u{0}", &"x".repeat(256)] {
            assert_eq!(login(name, "p").unwrap_err(), UnfitLogin::Name);
        }
        for password in ["", "a\r\nb", &"x".repeat(1025)] {
            assert_eq!(login("a", password).unwrap_err(), UnfitLogin::Password);
        }
        let basic = login("ada", "a:b").unwrap();
        assert_eq!(basic.basic(), "Basic YWRhOmE6Yg==");
    }
}
