//! One browser's login.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::base::{IssuerId, SessionId, TenantId, Timestamp, UserId};

/// How somebody proved who they are (`amr`, RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time password.
    Otp,
    /// Proof of possession of a hardware- or platform-held key.
    Hwk,
    /// A message sent to an address of the person's.
    Email,
    /// An external identity provider vouched.
    Fed,
    /// More than one factor.
    Mfa,
}

impl Amr {
    /// Every value, in the order of their bits in a lease.
    pub const ALL: [Self; 6] = [
        Self::Pwd,
        Self::Otp,
        Self::Hwk,
        Self::Email,
        Self::Fed,
        Self::Mfa,
    ];

    /// The registered name (RFC 8176 2; `email` and `fed` are ours).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Otp => "otp",
            Self::Hwk => "hwk",
            Self::Email => "email",
            Self::Fed => "fed",
            Self::Mfa => "mfa",
        }
    }
}

/// How strongly somebody proved who they are (`acr`, OpenID Connect Core 2): by one factor or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acr {
    /// One factor.
    One,
    /// A second factor as well.
    Two,
}

impl Acr {
    /// Every level, the weakest first.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];

    /// What these methods amount to.
    pub fn of(amr: &[Amr]) -> Self {
        if amr.contains(&Amr::Mfa) {
            Self::Two
        } else {
            Self::One
        }
    }

    /// The strongest class that was asked for and is reached; `None` when none of them is.
    pub fn among(self, asked: &[String]) -> Option<Self> {
        let reached = Self::ALL.into_iter().filter(|class| *class <= self);
        reached
            .rev()
            .find(|class| asked.iter().any(|name| name == class.as_str()))
    }

    /// As in tokens and requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
        }
    }
}

/// Proof that a person is `user`: the only thing a session can be started from.
/// Made by login methods and factors, when every step they ask for is done.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Who was proven.
    pub user: UserId,
    /// [`User::epoch`](super::User::epoch) as it was before anything was checked: if it has grown
    /// since, what was proven is worth nothing.
    pub epoch: i64,
    /// By what.
    pub amr: Vec<Amr>,
    /// When (`auth_time`).
    pub at: Timestamp,
}

/// What a browser looked like when the session began.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The `User-Agent` header, cut to 256 bytes.
    pub user_agent: String,
    /// The client's address.
    pub address: Option<IpAddr>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(..)")
    }
}

/// A session row: the authority on whether somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session; `sid` in tokens.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The tenant chosen, where tenants matter.
    pub tenant: Option<TenantId>,
    /// When the person last proved who they are (`auth_time`).
    pub auth_time: Timestamp,
    /// By what.
    pub amr: Vec<Amr>,
    /// The browser.
    pub device: Device,
    /// When the session began; with the longest life it gives the absolute end.
    pub created: Timestamp,
    /// Last sign of life, as coarse as a lease.
    pub last_seen: Timestamp,
    /// When it was ended, if it was.
    pub ended: Option<Timestamp>,
}

/// Something a session was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// `client` or `route`.
    pub kind: OpenedKind,
    /// The client's issuer; a route has none.
    pub issuer: Option<IssuerId>,
    /// The client's or route's id.
    pub name: String,
    /// First use by this session.
    pub first: Timestamp,
}

/// What kind of thing a session opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedKind {
    /// A third-party app got tokens.
    Client,
    /// A protected app was entered.
    Route,
}

impl OpenedKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Route => "route",
        }
    }
}
