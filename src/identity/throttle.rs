//! How often somebody may try: by address, and by account from one network.
//!
//! A stranger's failures must never lock a person out, so an account's own limit counts per network
//! (an IPv4 address, an IPv6 /64). A second, much wider limit over all networks slows a distributed
//! guesser; networks from which the person has signed in before are not held to it. A browser with
//! which they have signed in before is counted by itself alone, so that not even somebody on their
//! own network can keep them out. What was right counts for nothing: an office behind one address
//! may sign in as often as it likes.

use std::net::IpAddr;
use std::time::Duration;

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
        user.map_or_else(
            || Self(base64url(sha256(format!("login:{}", login.as_str())))),
            |user| Self::of_user(&user.id),
        )
    }

    /// The account of somebody who exists.
    pub fn of_user(user: &UserId) -> Self {
        Self(base64url(sha256(format!("user:{user}"))))
    }

    /// A digest by which it can be told from every other.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

/// An attempt that was counted.
#[derive(Debug)]
pub struct Counted {
    account: Account,
    network: String,
    device: Option<String>,
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
        let counted = Counted {
            network: network_of(from),
            account,
            device,
        };
        if let Some(bucket) = counted.by_device() {
            self.take(&bucket, self.per_account).await?;
            return Ok(counted);
        }
        self.take(&counted.by_address(), self.per_ip).await?;
        self.take(&counted.by_network(), self.per_account).await?;
        let Rate { count, window } = self.per_account;
        let wide = Rate {
            count: count.saturating_mul(DISTRIBUTED),
            window,
        };
        match self.take(&counted.by_anybody(), wide).await {
            Ok(()) => Ok(counted),
            Err(ThrottleError::TooMany { retry_after }) => {
                let known = known(&counted.account, &counted.network);
                if self.store.is_spent(&known, self.clock.now()).await? {
                    Ok(counted)
                } else {
                    Err(ThrottleError::TooMany { retry_after })
                }
            }
            Err(other) => Err(other),
        }
    }

    /// The attempt was right: it counts for nothing, the account may be tried from there as often as
    /// before, and the network is known.
    pub async fn succeeded(&self, counted: Counted) -> Result<(), StoreError> {
        let now = self.clock.now();
        let known = known(&counted.account, &counted.network);
        // Queued together, they are committed together.
        let by_network = counted.by_network();
        let remembered = self.store.remember(&known, now.plus(KNOWN));
        let forgiven = self.store.forgive(&by_network);
        if let Some(device) = counted.by_device() {
            let forgiven_device = self.store.forgive(&device);
            return futures::try_join!(remembered, forgiven_device).map(drop);
        }
        let by_address = counted.by_address();
        let every = self.per_ip.window / self.per_ip.count.max(1);
        let given_back = self.store.give_back(&by_address, every, now);
        futures::try_join!(remembered, forgiven, given_back).map(drop)
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
