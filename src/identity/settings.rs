//! `[[users]]` and the throttles of `[login]`, validated.

use std::time::Duration;

use super::OwnerPermissions;

/// Where people come from and how often they may try.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// Failed sign-ins one account may have.
    pub per_account: Rate,
    /// Sign-in attempts one client address (an IPv6 /64) may make.
    pub per_ip: Rate,
    /// Passwords hashed at the same time; bounds memory at 19 MiB each.
    pub hashes_at_once: usize,
    /// Whether one-time links let people choose their first password.
    pub signup: Signup,
    /// Who may own clients.
    pub owners: OwnerPermissions,
}

/// How people get in for the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signup {
    /// By a one-time link that an operator makes.
    #[default]
    Invite,
    /// Not at all: an operator sets the password.
    Off,
}

/// At most `count` in `window`, as `"5/15m"` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub window: Duration,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            per_account: Rate {
                count: 5,
                window: Duration::from_mins(15),
            },
            per_ip: Rate {
                count: 30,
                window: Duration::from_mins(5),
            },
            hashes_at_once: std::thread::available_parallelism()
                .map_or(1, |n| (n.get() / 2).max(1)),
            signup: Signup::default(),
            owners: OwnerPermissions::default(),
        }
    }
}
