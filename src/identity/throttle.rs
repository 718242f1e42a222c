//! How often somebody may try: by address, and by account from one network.
//!
//! A stranger's failures must never lock a person out, so an account's own limit counts per network
//! (an IPv4 address, an IPv6 /64). A second, much wider limit over all networks slows a distributed
//! guesser; networks from which the person has signed in before are not held to it.

use std::net::IpAddr;
use std::time::Duration;

use super::{IdentitySettings, Rate};
use crate::base::encoding::{base64url, sha256};
use crate::base::{Clock, Timestamp};
use crate::model::{Login, User};
use crate::store::{Store, StoreError};

/// How much wider the limit over all networks is.
const DISTRIBUTED: u32 = 20;
/// How long a network stays known to an account.
const KNOWN: Duration = Duration::from_hours(90 * 24);

/// Counts attempts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle {
    store: Store,
    clock: Clock,
    per_account: Rate,
    per_ip: Rate,
}

/// Why an attempt may not be made now.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// When the next one may be made; whole seconds, at least one.
        retry_after: Duration,
    },
    /// Nobody can tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One account, as the counters know it: the same whichever of its logins was typed, in whatever
/// spelling, and never readable.
#[derive(Clone, Debug)]
pub struct Account(String);

impl Account {
    /// The account of a typed login: of the user whose it is, or of the login itself.
    pub fn of(login: &Login, user: Option<&User>) -> Self {
        let name = user.map_or_else(
            || format!("login:{}", login.as_str()),
            |user| format!("user:{}", user.id),
        );
        Self(base64url(sha256(name)))
    }
}

impl Throttle {
    /// A throttle with the limits of `settings`.
    pub fn new(store: Store, clock: Clock, settings: &IdentitySettings) -> Self {
        Self {
            store,
            clock,
            per_account: settings.per_account,
            per_ip: settings.per_ip,
        }
    }

    /// Takes an attempt, or says when the next may be made. To be called before any work is done.
    pub async fn before_attempt(
        &self,
        account: &Account,
        from: IpAddr,
    ) -> Result<(), ThrottleError> {
        let network = network_of(from);
        self.take(&format!("ip:{network}"), self.per_ip).await?;
        self.take(
            &format!("account:{}:{network}", account.0),
            self.per_account,
        )
        .await?;
        let Rate { count, window } = self.per_account;
        let wide = Rate {
            count: count.saturating_mul(DISTRIBUTED),
            window,
        };
        match self.take(&format!("account:{}", account.0), wide).await {
            Err(ThrottleError::TooMany { retry_after }) => {
                if self
                    .store
                    .is_spent(&known(account, &network), self.clock.now())
                    .await?
                {
                    Ok(())
                } else {
                    Err(ThrottleError::TooMany { retry_after })
                }
            }
            other => other,
        }
    }

    /// The attempt was right: the account may be tried as often as before, and the network is known.
    pub async fn succeeded(&self, account: &Account, from: IpAddr) -> Result<(), StoreError> {
        let network = network_of(from);
        self.store
            .forgive(&format!("account:{}:{network}", account.0))
            .await?;
        let until = self.clock.now().plus(KNOWN);
        self.store.remember(&known(account, &network), until).await
    }

    async fn take(&self, bucket: &str, rate: Rate) -> Result<(), ThrottleError> {
        let now: Timestamp = self.clock.now();
        let every = rate.window / rate.count.max(1);
        match self.store.take(bucket, every, rate.count, now).await? {
            Ok(()) => Ok(()),
            Err(free) => {
                let wait = free.since(now).as_secs() + 1;
                Err(ThrottleError::TooMany {
                    retry_after: Duration::from_secs(wait),
                })
            }
        }
    }
}

fn known(account: &Account, network: &str) -> [u8; 32] {
    sha256(format!("known:{}:{network}", account.0))
}

/// What one subscriber can vary at will counts as one: an IPv6 /64, a mapped address as its IPv4.
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::store::{Database, MasterKeySource, StoreSettings};

    async fn throttle() -> (Throttle, Clock) {
        let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
        let settings = StoreSettings {
            database: Database::Memory,
            key: MasterKeySource::Ephemeral,
        };
        let store = Store::open(&settings, clock.clone(), Rng::system())
            .await
            .unwrap();
        (
            Throttle::new(store, clock.clone(), &IdentitySettings::default()),
            clock,
        )
    }

    fn account(name: &str) -> Account {
        Account::of(&Login::parse(name).unwrap(), None)
    }

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn lgn_03_every_spelling_of_a_login_counts_as_one() {
        let (throttle, _) = throttle().await;
        for typed in ["alice", "ALICE", " alice", "ａlice", "Alice"] {
            throttle
                .before_attempt(&account(typed), from("192.0.2.1"))
                .await
                .unwrap();
        }
        let sixth = throttle
            .before_attempt(&account("alice"), from("192.0.2.1"))
            .await;
        assert!(
            matches!(sixth, Err(ThrottleError::TooMany { retry_after }) if retry_after.as_secs() <= 181)
        );
    }

    #[tokio::test]
    async fn a_strangers_failures_do_not_lock_a_person_out() {
        let (throttle, clock) = throttle().await;
        let bob = account("bob");
        throttle
            .before_attempt(&bob, from("198.51.100.7"))
            .await
            .unwrap();
        throttle
            .succeeded(&bob, from("198.51.100.7"))
            .await
            .unwrap();
        let mut refused = 0;
        for network in 0..200u8 {
            let stranger = from(&format!("2001:db8:0:{network:x}::1"));
            refused += u32::from(throttle.before_attempt(&bob, stranger).await.is_err());
        }
        assert!(refused > 50, "{refused}");
        throttle
            .before_attempt(&bob, from("198.51.100.7"))
            .await
            .unwrap();
        clock.advance(Duration::from_hours(1));
        throttle
            .before_attempt(&bob, from("203.0.113.9"))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_network_stays_known_for_as_long_as_it_is_used() {
        let (throttle, clock) = throttle().await;
        let (bob, home) = (account("bob"), from("198.51.100.7"));
        throttle.succeeded(&bob, home).await.unwrap();
        clock.advance(KNOWN / 2);
        throttle.succeeded(&bob, home).await.unwrap();
        clock.advance(KNOWN / 2 + Duration::from_mins(1));
        for network in 0..200u8 {
            let stranger = from(&format!("2001:db8:0:{network:x}::1"));
            let _ = throttle.before_attempt(&bob, stranger).await;
        }
        throttle.before_attempt(&bob, home).await.unwrap();
        let elsewhere = throttle.before_attempt(&bob, from("203.0.113.9")).await;
        assert!(elsewhere.is_err(), "the guesses were too few to tell");
    }

    #[tokio::test]
    async fn lgn_03_user_name_and_address_of_one_person_are_one_account() {
        let (throttle, clock) = throttle().await;
        let now = clock.now();
        let alice = User {
            id: "u-1".into(),
            login: Login::parse("alice").unwrap(),
            username: "alice".to_owned(),
            name: String::new(),
            email: Some("alice@corp.test".to_owned()),
            email_verified: true,
            groups: Vec::new(),
            tenants: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            disabled: false,
            created: now,
            updated: now,
            epoch: 0,
        };
        throttle.store.insert_user(&alice, None).await.unwrap();
        let mut refused = 0;
        for typed in [
            "alice",
            "alice@corp.test",
            "ALICE",
            " Alice@Corp.test",
            "alice",
            "alice@corp.test",
        ] {
            let login = Login::parse(typed).unwrap();
            let user = throttle.store.find_user(&login).await.unwrap();
            assert_eq!(user.as_ref(), Some(&alice), "{typed}");
            let account = Account::of(&login, user.as_ref());
            let attempt = throttle.before_attempt(&account, from("192.0.2.1")).await;
            refused += u32::from(attempt.is_err());
        }
        assert_eq!(refused, 1);
    }

    #[tokio::test]
    async fn one_subscriber_is_one_address_however_many_it_has() {
        let (throttle, _) = throttle().await;
        let mut passed = 0;
        for at in 0..60 {
            let address = from(&format!("2001:db8:1:1::{at:x}"));
            passed += i32::from(
                throttle
                    .before_attempt(&account(&format!("u{at}")), address)
                    .await
                    .is_ok(),
            );
        }
        assert_eq!(passed, 30);
        assert_eq!(network_of(from("::ffff:192.0.2.1")), "192.0.2.1");
    }
}
