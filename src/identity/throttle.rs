//! How often somebody may try: by address, and by account from one network.
//!
//! A stranger's failures must never lock a person out, so an account's own limit counts per network
//! (an IPv4 address, an IPv6 /64). A second, much wider limit over all networks slows a distributed
//! guesser; networks from which the person has signed in before are not held to it. A browser with
//! which they have signed in before is counted by itself alone, so that not even somebody on their
//! own network can keep them out. What was right counts for nothing: an office behind one address
//! may sign in as often as it likes.

mod under_way;

use std::net::IpAddr;
use std::time::Duration;

use self::under_way::{AllUnderWay, UnderWay};
use super::{IdentitySettings, Rate};
use crate::base::encoding::{base64url, sha256};
use crate::base::{Clock, Timestamp, UserId};
use crate::model::{Login, User};
use crate::store::{Store, StoreError};

/// How much wider the limit over all networks is.
const DISTRIBUTED: u32 = 20;
/// How long a network or a browser stays known to an account.
pub const KNOWN: Duration = Duration::from_hours(90 * 24);

/// Counts attempts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle {
    store: Store,
    clock: Clock,
    per_account: Rate,
    per_ip: Rate,
    under_way: AllUnderWay,
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
    /// Others at the same account are being worked out.
    #[error("too many attempts at once")]
    Busy {
        /// When to come back; whole seconds, at least one.
        retry_after: Duration,
    },
    /// Nobody can tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One account, as the counters know it: the same whichever of its logins was typed, in whatever
/// spelling, and never readable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account(String);

impl Account {
    /// The account of a typed login: of the user whose it is, or of the login itself.
    pub fn of(login: &Login, user: Option<&User>) -> Self {
        user.map_or_else(
            || Self(base64url(sha256(format!("login:{}", login.as_str())))),
            |user| Self::of_user(&user.id),
        )
    }

    /// The account of somebody who exists.
    pub fn of_user(user: &UserId) -> Self {
        Self(base64url(sha256(format!("user:{user}"))))
    }

    /// A digest by which it can be told from every other, and from itself with other credentials.
    pub fn digest(&self, epoch: i64) -> [u8; 32] {
        sha256(format!("{epoch}:{}", self.0))
    }
}

/// An attempt that was counted.
#[derive(Debug)]
pub struct Counted {
    account: Account,
    network: String,
    device: Option<String>,
    _under_way: UnderWay,
}

impl Counted {
    fn by_address(&self) -> String {
        format!("ip:{}", self.network)
    }

    fn by_network(&self) -> String {
        format!("account:{}:{}", self.account.0, self.network)
    }

    fn by_anybody(&self) -> String {
        format!("account:{}", self.account.0)
    }

    fn by_device(&self) -> Option<String> {
        let device = self.device.as_ref()?;
        Some(format!("device:{device}:{}", self.account.0))
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
            under_way: AllUnderWay::default(),
        }
    }

    /// Counts an attempt, or says when the next may be made. To be called before any work is done.
    /// `device` names a browser that was let into this account before.
    pub async fn before_attempt(
        &self,
        account: Account,
        from: IpAddr,
        device: Option<String>,
    ) -> Result<Counted, ThrottleError> {
        let under_way = self.under_way.begin(&account)?;
        let counted = Counted {
            network: network_of(from),
            account,
            device,
            _under_way: under_way,
        };
        if let Some(bucket) = counted.by_device() {
            self.take(&bucket, self.per_account).await?;
            return Ok(counted);
        }
        self.take(&counted.by_address(), self.per_ip).await?;
        self.take(&counted.by_network(), self.per_account).await?;
        match self.take(&counted.by_anybody(), self.by_anybody()).await {
            Ok(()) => Ok(counted),
            Err(ThrottleError::TooMany { retry_after }) => {
                let known = known(&counted.account, &counted.network);
                if self.store.is_spent(&known, self.clock.now()).await? {
                    Ok(counted)
                } else {
                    Err(ThrottleError::TooMany { retry_after })
                }
            }
            Err(other @ (ThrottleError::Busy { .. } | ThrottleError::Store(_))) => Err(other),
        }
    }

    /// The attempt was right: it counts for nothing, the account may be tried from there as often as
    /// before, and the network is known.
    pub async fn succeeded(&self, counted: Counted) -> Result<(), StoreError> {
        let until = self.clock.now().plus(KNOWN);
        let known = known(&counted.account, &counted.network);
        let own = counted.by_device().unwrap_or_else(|| counted.by_network());
        // Queued together, they are committed together.
        futures::try_join!(
            self.store.remember(&known, until),
            self.store.forgive(&own),
            self.not_tried(counted),
        )
        .map(drop)
    }

    /// The attempt came to nothing through no fault of whoever made it: it counts for nothing.
    pub async fn not_tried(&self, counted: Counted) -> Result<(), StoreError> {
        if let Some(device) = counted.by_device() {
            return self.give_back(device, self.per_account).await;
        }
        futures::try_join!(
            self.give_back(counted.by_address(), self.per_ip),
            self.give_back(counted.by_network(), self.per_account),
            self.give_back(counted.by_anybody(), self.by_anybody()),
        )
        .map(drop)
    }

    /// The limit of an account over all networks.
    fn by_anybody(&self) -> Rate {
        let Rate { count, window } = self.per_account;
        Rate {
            count: count.saturating_mul(DISTRIBUTED),
            window,
        }
    }

    async fn give_back(&self, bucket: String, rate: Rate) -> Result<(), StoreError> {
        let every = rate.window / rate.count.max(1);
        self.store.give_back(&bucket, every, self.clock.now()).await
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
mod tests;
