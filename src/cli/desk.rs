//! What an operator's command works with: the database of the configuration file, the clock,
//! randomness, and a way to answer. It starts no server and holds no cache.

use std::io::Write;

use serde_json::Value;

use crate::base::opaque::SignInLink;
use crate::base::{ClientId, Clock, Opaque, Rng, Secret, TenantId, Timestamp, UserId};
use crate::config::Settings;
use crate::identity::Passwords;
use crate::model::{AuditKind, AuditRecord};
use crate::store::{Store, StoreError};

/// How long a one-time link works.
pub const LINK_LIFE: std::time::Duration = std::time::Duration::from_hours(24);

/// What an operator's command works with.
#[derive(Debug)]
pub struct Desk {
    /// The whole configuration.
    pub settings: Settings,
    /// The database that the server uses too.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
    /// Whether answers are JSON.
    pub json: bool,
}

/// What a command says when it succeeded, in both forms.
#[derive(Debug)]
pub struct Answer {
    /// For people; ends without a newline.
    pub human: String,
    /// For programs.
    pub json: Value,
}

/// A one-time link, just made.
pub struct Link {
    /// The whole address; this is the only time it is shown.
    pub url: Secret<String>,
    /// When it stops working.
    pub expires: Timestamp,
    token: Opaque<SignInLink>,
}

impl Desk {
    /// Opens the database of `settings`.
    pub async fn open(settings: Settings, json: bool) -> Result<Self, StoreError> {
        let (clock, rng) = (Clock::system(), Rng::system());
        let store = Store::open(&settings.store, clock.clone(), rng.clone()).await?;
        Ok(Self {
            settings,
            store,
            clock,
            rng,
            json,
        })
    }

    /// Prints an answer; one that could not be printed may have held the only copy of a secret.
    pub fn say(&self, answer: &Answer) -> std::io::Result<()> {
        let text = if self.json {
            format!("{:#}\n", answer.json)
        } else {
            format!("{}\n", answer.human)
        };
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            // A reader that has seen enough (`| head`) is not a failure.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Tenants that were named; each must be in the file.
    pub fn tenants(&self, names: &[String]) -> anyhow::Result<Vec<TenantId>> {
        let known = &self.settings.tenants;
        let mut tenants = Vec::new();
        for name in names {
            let tenant = TenantId::new(name);
            if !known.contains_key(&tenant) {
                let all: Vec<_> = known.keys().map(TenantId::as_str).collect();
                anyhow::bail!(
                    "there is no tenant {name:?}; the file has {}",
                    if all.is_empty() {
                        "none".to_owned()
                    } else {
                        all.join(", ")
                    }
                );
            }
            tenants.push(tenant);
        }
        tenants.sort();
        tenants.dedup();
        Ok(tenants)
    }

    /// Hashes a password, on a thread that lives as long as that takes.
    pub async fn hash(&self, password: Secret<String>) -> anyhow::Result<String> {
        Ok(Passwords::start(1, self.rng.clone())?
            .hash(password)
            .await?)
    }

    /// A new one-time link; it works once the store has its hash.
    pub fn link(&self) -> anyhow::Result<Link> {
        let token = Opaque::<SignInLink>::mint(&self.rng)?;
        let site = &self.settings.site.public_url;
        let url = Secret::new(format!("{site}/login/link?token={}", token.reveal()));
        Ok(Link {
            url,
            expires: self.clock.now().plus(LINK_LIFE),
            token,
        })
    }

    /// Makes a one-time link for `user`; earlier ones stop working.
    pub async fn link_for(&self, user: &UserId) -> anyhow::Result<Link> {
        let link = self.link()?;
        self.store
            .insert_sign_in_link(&link.hash(), user, link.expires)
            .await?;
        Ok(link)
    }

    /// Notes what was done, and to whom.
    pub async fn audit(
        &self,
        what: &'static str,
        user: Option<&UserId>,
        client: Option<&ClientId>,
    ) -> Result<(), StoreError> {
        let record = AuditRecord {
            at: self.clock.now(),
            kind: AuditKind::Admin,
            ok: true,
            reason: what,
            user: user.cloned(),
            session: None,
            issuer: None,
            client: client.cloned(),
            route: None,
            address: None,
            request: None,
        };
        self.store.insert_audit(&record).await
    }
}

impl Link {
    /// What the store keeps.
    pub fn hash(&self) -> crate::base::OpaqueHash<SignInLink> {
        self.token.hash()
    }

    /// The line for people.
    pub fn human(&self) -> String {
        format!(
            "  {}\n  works once, until {}",
            self.url.expose_secret(),
            self.expires.rfc3339()
        )
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(..)")
    }
}

#[cfg(test)]
impl Desk {
    /// A desk with a database that ends with it; `more` is TOML.
    pub(super) async fn in_memory(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "public_url = \"http://localhost:8080\"\n[listen]\nhttp = \"127.0.0.1:8080\"\n\
             [storage]\nurl = \"sqlite:{0}/d.db\"\nkey = {{ file = \"{0}/k\" }}\n{more}",
            dir.path().display()
        );
        let mut settings = crate::config::load_text("doorward.toml", &text).unwrap();
        settings.store.database = crate::store::Database::Memory;
        Self::open(settings, false).await.unwrap()
    }
}
