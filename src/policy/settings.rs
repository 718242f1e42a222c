//! A rule, validated: `allow`, `deny` and `require`.

use std::fmt;
use std::time::Duration;

use super::{Concern, Requirement};
use crate::base::{GroupName, TenantId};
use crate::model::Login;

/// Whom a rule names, in `allow` or in `deny`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `anyone`: no sign-in.
    Anyone,
    /// `authenticated`: any signed-in person.
    Authenticated,
    /// `group:NAME`.
    Group(GroupName),
    /// `user:LOGIN`: by user name or e-mail address.
    User(Login),
    /// `tenant:NAME`.
    Tenant(TenantId),
    /// `domain:example.com`: of a verified e-mail address, in lower case.
    Domain(Box<str>),
    /// `claim:NAME=VALUE`: an attribute of the person.
    Claim {
        /// The attribute.
        name: Box<str>,
        /// What it must be.
        value: Box<str>,
    },
}

/// The rule of one route.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// The policy it is, if it has a name.
    pub name: Option<Box<str>>,
    /// Who may pass; one match is enough. Never empty.
    pub allow: Vec<Entry>,
    /// Who may not, whatever `allow` says.
    pub deny: Vec<Entry>,
    /// What must hold besides, all of it.
    pub require: Vec<Requirement>,
    /// Where it stands in the configuration file, such as `doorward.toml:97`.
    pub origin: String,
}

impl Rule {
    /// Whether it lets in whoever it is: then nobody has to be known.
    pub fn asks_nobody(&self) -> bool {
        let of_request = |one: &Requirement| one.kind().concerns == Concern::Request;
        self.allow.contains(&Entry::Anyone)
            && self.deny.is_empty()
            && self.require.iter().all(of_request)
    }

    /// For how long people may be away at most, where that matters.
    pub fn idle(&self) -> Option<Duration> {
        let spans = self.require.iter().filter_map(|one| match one {
            Requirement::Idle(span) => Some(*span),
            Requirement::Address(_)
            | Requirement::Method(_)
            | Requirement::Header { .. }
            | Requirement::Hours(_)
            | Requirement::Certificate(_)
            | Requirement::Group(_)
            | Requirement::SecondFactor
            | Requirement::Passkey
            | Requirement::Acr(_)
            | Requirement::Fresh(_)
            | Requirement::SessionAge(_) => None,
        });
        spans.min()
    }

    /// Whether it looks at the client's TLS certificate.
    pub fn asks_for_a_certificate(&self) -> bool {
        let asks = |one: &Requirement| matches!(one, Requirement::Certificate(_));
        self.require.iter().any(asks)
    }
}

impl fmt::Display for Entry {
    /// As written in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::User(login) => write!(f, "user:{}", login.as_str()),
            Self::Tenant(name) => write!(f, "tenant:{name}"),
            Self::Domain(domain) => write!(f, "domain:{domain}"),
            Self::Claim { name, value } => write!(f, "claim:{name}={value}"),
        }
    }
}
