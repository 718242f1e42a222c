//! Everything `require` can say: one file each, listed once. All of a rule's requirements must hold
//! besides its `allow`.

mod acr;
mod address;
mod certificate;
mod fresh;
mod group;
mod header;
mod hours;
mod idle;
mod method;
mod passkey;
mod second_factor;
mod session_age;

use std::fmt;
use std::time::Duration;

use http::{HeaderName, Method};
use ipnet::IpNet;

use super::{Facts, Reason};
use crate::base::GroupName;
use crate::keys::DistinguishedName;
use crate::model::Acr;

pub use hours::{Hours, HoursError};

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// `ip`: the client's address is in one of these networks.
    Address(Vec<IpNet>),
    /// `methods`: the request has one of these.
    Method(Vec<Method>),
    /// `header`: the request has this header once, with exactly this value.
    Header {
        /// Its name.
        name: HeaderName,
        /// Its value.
        value: Box<str>,
    },
    /// `time`: it is asked in these hours.
    Hours(Hours),
    /// `client_cert`: the client proved to have a certificate that a configured authority vouches for,
    /// of this subject if one is named.
    Certificate(Option<DistinguishedName>),
    /// `groups`: the person is in this group.
    Group(GroupName),
    /// `second_factor`: the person signed in with more than one factor.
    SecondFactor,
    /// `passkey`: the person signed in with a key that their device or token holds.
    Passkey,
    /// `acr`: the sign-in is of this class or a stronger one.
    Acr(Acr),
    /// `fresh`: the person proved who they are within this time.
    Fresh(Duration),
    /// `session_age`: the session began within this time.
    SessionAge(Duration),
    /// `idle`: the person was last here within this time.
    Idle(Duration),
}

/// One kind of requirement.
pub struct RequirementKind {
    /// The key in `require`.
    pub key: &'static str,
    /// What is written there, for the documentation.
    pub form: &'static str,
    /// What it means, in one sentence.
    pub summary: &'static str,
    /// Whose matter it is.
    pub concerns: Concern,
    /// Why somebody is turned away who does not meet it.
    pub reason: Reason,
    /// Whether it holds; `None` when the requirement is of another kind.
    pub holds: fn(&Requirement, Facts<'_>) -> Option<bool>,
    /// Why it does or does not, in words; `None` when the requirement is of another kind.
    pub describe: fn(&Requirement, Facts<'_>) -> Option<String>,
}

/// Whose matter a requirement is, and so whether signing in can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The request's: the same whoever signs in.
    Request,
    /// The person's: another person may meet it.
    Person,
    /// The sign-in's: the same person may meet it by signing in again.
    SignIn,
}

/// Every kind, in the order they are judged and the documentation lists them.
pub const REQUIREMENTS: &[RequirementKind] = &[
    address::KIND,
    method::KIND,
    header::KIND,
    hours::KIND,
    certificate::KIND,
    group::KIND,
    second_factor::KIND,
    passkey::KIND,
    acr::KIND,
    fresh::KIND,
    session_age::KIND,
    idle::KIND,
];

impl Requirement {
    /// Its kind.
    pub const fn kind(&self) -> &'static RequirementKind {
        match self {
            Self::Address(_) => &address::KIND,
            Self::Method(_) => &method::KIND,
            Self::Header { .. } => &header::KIND,
            Self::Hours(_) => &hours::KIND,
            Self::Certificate(_) => &certificate::KIND,
            Self::Group(_) => &group::KIND,
            Self::SecondFactor => &second_factor::KIND,
            Self::Passkey => &passkey::KIND,
            Self::Acr(_) => &acr::KIND,
            Self::Fresh(_) => &fresh::KIND,
            Self::SessionAge(_) => &session_age::KIND,
            Self::Idle(_) => &idle::KIND,
        }
    }

    /// Whether it holds. Allocates nothing.
    pub fn holds(&self, facts: Facts<'_>) -> bool {
        (self.kind().holds)(self, facts).unwrap_or(false)
    }

    /// Why it does or does not hold.
    pub fn describe(&self, facts: Facts<'_>) -> String {
        (self.kind().describe)(self, facts).unwrap_or_default()
    }

    /// The group that it takes.
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Group(name) => Some(name.as_str()),
            Self::Address(_)
            | Self::Method(_)
            | Self::Header { .. }
            | Self::Hours(_)
            | Self::Certificate(_)
            | Self::SecondFactor
            | Self::Passkey
            | Self::Acr(_)
            | Self::Fresh(_)
            | Self::SessionAge(_)
            | Self::Idle(_) => None,
        }
    }

    /// The class of sign-in that it takes.
    pub const fn acr(&self) -> Option<Acr> {
        match self {
            Self::SecondFactor => Some(Acr::Two),
            Self::Acr(class) => Some(*class),
            Self::Address(_)
            | Self::Method(_)
            | Self::Header { .. }
            | Self::Hours(_)
            | Self::Certificate(_)
            | Self::Group(_)
            | Self::Passkey
            | Self::Fresh(_)
            | Self::SessionAge(_)
            | Self::Idle(_) => None,
        }
    }

    /// How old a sign-in may be.
    pub const fn max_age(&self) -> Option<Duration> {
        match self {
            Self::Fresh(span) | Self::SessionAge(span) | Self::Idle(span) => Some(*span),
            Self::Address(_)
            | Self::Method(_)
            | Self::Header { .. }
            | Self::Hours(_)
            | Self::Certificate(_)
            | Self::Group(_)
            | Self::SecondFactor
            | Self::Passkey
            | Self::Acr(_) => None,
        }
    }
}

impl fmt::Display for Requirement {
    /// Key and value, as near to the file as one line allows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().key)?;
        match self {
            Self::Address(networks) => list(f, networks),
            Self::Method(methods) => list(f, methods),
            Self::Header { name, value } => write!(f, " {name}: {value}"),
            Self::Hours(hours) => write!(f, " {hours}"),
            Self::Certificate(Some(subject)) => write!(f, " {subject}"),
            Self::Group(name) => write!(f, " {name}"),
            Self::Acr(class) => write!(f, " {}", class.as_str()),
            Self::Fresh(span) | Self::SessionAge(span) | Self::Idle(span) => {
                write!(f, " {}", humantime::format_duration(*span))
            }
            Self::Certificate(None) | Self::SecondFactor | Self::Passkey => Ok(()),
        }
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    items.iter().try_for_each(|item| write!(f, " {item}"))
}

/// `3h 5m`: how long ago something was, for people.
fn ago(span: Duration) -> String {
    let whole = Duration::from_secs(span.as_secs());
    format!("{} ago", humantime::format_duration(whole))
}

#[cfg(test)]
mod tests;
