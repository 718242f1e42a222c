//! What a rule is judged against: borrowed, and as far as it is known.

use std::net::IpAddr;

use http::{HeaderMap, Method};

use crate::base::Timestamp;
use crate::keys::DistinguishedName;
use crate::model::{Amr, User};

/// What a rule is judged against. What is not known meets no requirement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The signed-in person; `None` for an anonymous request.
    pub user: Option<&'a User>,
    /// How and when they proved who they are.
    pub proof: Option<Proof<'a>>,
    /// What is asked, and from where.
    pub request: RequestFacts<'a>,
    /// When.
    pub now: Timestamp,
}

/// How and when somebody proved who they are.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// When (`auth_time`).
    pub at: Timestamp,
    /// By what.
    pub amr: &'a [Amr],
    /// When their session began.
    pub began: Timestamp,
    /// When they were last seen where that is asked for.
    pub seen: Timestamp,
}

/// A request, as far as a rule may look at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestFacts<'a> {
    /// Its method.
    pub method: Option<&'a Method>,
    /// Its headers, as the client sent them.
    pub headers: Option<&'a HeaderMap>,
    /// The client's address, as the gateway believes it.
    pub address: Option<IpAddr>,
    /// Whose certificate the client proved to have, when a configured authority vouches for it.
    pub certificate: Option<&'a DistinguishedName>,
}

impl<'a> Facts<'a> {
    /// A request nobody is signed in for, and nothing else is known of.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// A request of `user`, of which nothing else is known.
    pub fn of(user: &'a User) -> Self {
        Self {
            user: Some(user),
            ..Self::default()
        }
    }
}
