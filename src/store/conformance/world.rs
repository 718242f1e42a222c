//! A database of a test's own, on one of the engines, and records to fill it with.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::base::encoding::hex;
use crate::base::{Clock, Rng, ScopeSet, Secret, SessionId, Timestamp, UserId};
use crate::model::{Amr, Device, Grant, Login, Session, User};
use crate::store::{Database, MasterKeySource, Redeemed, Store, StoreSettings};

/// A fake clock, a database, and a first handle on it.
pub struct World {
    pub clock: Clock,
    pub store: Store,
    settings: StoreSettings,
    /// Where and under which name, on PostgreSQL.
    postgres: Option<(String, String)>,
    dir: Option<TempDir>,
}

impl World {
    pub async fn memory() -> Self {
        Self::open(Database::Memory, None, None).await
    }

    pub async fn file() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("doorward.db");
        Self::open(Database::Sqlite(path), Some(dir), None).await
    }

    /// `None`, said aloud, where there is no PostgreSQL to test with.
    pub async fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") else {
            println!("NOT CHECKED: DOORWARD_TEST_POSTGRES is not set");
            return None;
        };
        let name = format!("t_{}", hex(Rng::system().bytes::<8>().unwrap()));
        run(&url, format!("CREATE DATABASE {name}")).await;
        let own = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
        let database = Database::Postgres(Secret::new(own));
        Some(Self::open(database, None, Some((url, name))).await)
    }

    /// An existing or a new database that this world does not clean up.
    pub async fn on(database: Database) -> Self {
        Self::open(database, None, None).await
    }

    async fn open(
        database: Database,
        dir: Option<TempDir>,
        postgres: Option<(String, String)>,
    ) -> Self {
        let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
        let settings = StoreSettings {
            database,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, clock.clone(), Rng::system());
        Self {
            store: store.await.unwrap(),
            clock,
            settings,
            postgres,
            dir,
        }
    }

    /// Another handle on the same database, as another process has it. A database in memory has one
    /// handle only.
    pub async fn other(&self) -> Store {
        if matches!(self.settings.database, Database::Memory) {
            return self.store.clone();
        }
        let other = Store::open(&self.settings, self.clock.clone(), Rng::system());
        other.await.unwrap()
    }

    /// A database that nobody has opened yet; `None` in memory.
    pub async fn untouched(&self) -> Option<StoreSettings> {
        let database = match &self.settings.database {
            Database::Memory => return None,
            Database::Sqlite(path) => Database::Sqlite(path.with_file_name("untouched.db")),
            Database::Postgres(url) => {
                let (admin, name) = self.postgres.as_ref()?;
                run(admin, format!("CREATE DATABASE {name}_untouched")).await;
                Database::Postgres(Secret::new(format!("{}_untouched", url.expose_secret())))
            }
        };
        Some(StoreSettings {
            database,
            key: MasterKeySource::Ephemeral,
        })
    }

    pub async fn drop_database(self) {
        let Some((url, name)) = self.postgres else {
            return;
        };
        for name in [&name, &format!("{name}_untouched")] {
            run(&url, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }

    /// The directory of the file, on SQLite in a file.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.as_ref().unwrap().path()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A moment `seconds` from now.
    pub fn after(&self, seconds: u64) -> Timestamp {
        self.now().plus(Duration::from_secs(seconds))
    }

    /// Somebody who is not stored yet.
    pub fn someone(&self, name: &str) -> User {
        User {
            id: UserId::random(&Rng::system()).unwrap(),
            login: Login::parse(name).unwrap(),
            username: name.to_owned(),
            name: String::new(),
            email: Some(format!("{name}@example.com")),
            email_verified: true,
            groups: vec!["staff".into()],
            tenants: Vec::new(),
            attributes: BTreeMap::new(),
            disabled: false,
            created: self.now(),
            updated: self.now(),
            epoch: 0,
        }
    }

    /// Somebody who is stored.
    pub async fn user(&self, name: &str) -> User {
        let user = self.someone(name);
        self.store.insert_user(&user, None).await.unwrap();
        user
    }

    /// A stored session of `user`.
    pub async fn session(&self, user: &User) -> Session {
        let session = self.unsaved_session(user);
        let started = self.store.insert_session(&session, user.epoch);
        assert!(started.await.unwrap());
        session
    }

    /// A session of `user`, not stored yet.
    pub fn unsaved_session(&self, user: &User) -> Session {
        Session {
            id: SessionId::random(&Rng::system()).unwrap(),
            user: user.id.clone(),
            tenant: Some("acme".into()),
            auth_time: self.now(),
            amr: vec![Amr::Pwd, Amr::Otp, Amr::Mfa],
            device: Device {
                user_agent: "Firefox".to_owned(),
                address: Some([192, 0, 2, 1].into()),
            },
            created: self.now(),
            last_seen: self.now(),
            ended: None,
        }
    }

    /// Stores a grant, given in its session or in a new one.
    pub async fn redeem(&self, grant: &Grant) -> Redeemed {
        let session = if let Some(session) = &grant.session {
            session.clone()
        } else {
            let user = self.store.load_user(&grant.user).await.unwrap();
            self.session(&user.unwrap()).await.id
        };
        self.store.redeem_grant(grant, &session).await.unwrap()
    }

    /// A grant of `user`, not stored yet.
    pub fn grant(&self, id: &str, user: &User, session: Option<&Session>) -> Grant {
        Grant {
            id: id.into(),
            issuer: "main".into(),
            client: "shop".into(),
            user: user.id.clone(),
            session: session.map(|session| session.id.clone()),
            tenant: None,
            scopes: ScopeSet::parse("openid offline_access").unwrap(),
            extent: crate::model::Extent::default(),
            auth_time: self.now(),
            amr: vec![Amr::Pwd],
            created: self.now(),
            expires: self.after(1000),
            generation: 0,
            rotated: None,
            revoked: None,
        }
    }
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
