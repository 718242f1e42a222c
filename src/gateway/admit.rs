//! Who may pass. The one place that makes a [`Permit`], and a permit is what forwarding demands.

use std::sync::Arc;
use std::time::Duration;

use super::bearer::{Bearing, Token};
use super::route::Route;
use crate::base::Timestamp;
use crate::model::User;
use crate::policy::{self, Decision, Entry, Facts, Proof, Reason, RequestFacts};
use crate::session::Lease;

/// A signed-in person as the gateway knows them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The record.
    pub user: Arc<User>,
    /// What the browser proved.
    pub lease: Arc<Lease>,
}

/// Leave to forward one request. Made by [`judge`] only.
#[derive(Debug)]
pub struct Permit {
    route: Arc<Route>,
    person: Option<Person>,
    token: Option<Token>,
    entry: Option<usize>,
}

impl Permit {
    /// The route it is for.
    pub fn route(&self) -> &Arc<Route> {
        &self.route
    }

    /// Who passes; `None` for an anonymous request on a public route.
    pub fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// The token that came instead of a session.
    pub const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Whether the app is told who comes, so that its answer is that person's or client's.
    pub fn is_personal(&self) -> bool {
        self.person.is_some() || self.token.is_some()
    }

    /// The entry of the route's `allow` that let the request in; `None` for a client that asks for
    /// itself, which the scopes of its token let in.
    pub fn entry(&self) -> Option<&Entry> {
        self.route.settings.rule.allow.get(self.entry?)
    }

    /// The place of that entry.
    pub fn entry_index(&self) -> Option<usize> {
        self.entry
    }
}

/// What happens to a request to a route.
#[derive(Debug)]
pub enum Verdict {
    /// It is forwarded.
    Permit(Permit),
    /// Somebody has to sign in first.
    Challenge,
    /// Somebody is signed in, and has to prove more.
    StepUp(Denied),
    /// It is not forwarded.
    Deny(Denied),
}

/// Somebody who may not pass, and why.
#[derive(Debug)]
pub struct Denied {
    /// Who.
    pub person: Option<Person>,
    /// Why.
    pub reason: Reason,
}

/// What a request is judged by besides who sent it.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The request.
    pub request: RequestFacts<'a>,
    /// When.
    pub now: Timestamp,
    /// How long a session lives at most, from which its beginning is known.
    pub longest: Duration,
}

impl<'a> Around<'a> {
    /// With who sent it, all that a rule is judged against.
    pub fn facts(self, person: Option<&'a Person>) -> Facts<'a> {
        Facts {
            user: person.map(|person| person.user.as_ref()),
            proof: person.map(|Person { lease, .. }| Proof {
                at: lease.auth_time,
                amr: &lease.amr,
                began: lease.ends.minus(self.longest),
                seen: lease.seen,
            }),
            request: self.request,
            now: self.now,
        }
    }
}

/// Judges a request to `route` by `person`.
pub fn judge(route: &Arc<Route>, person: Option<Person>, around: Around<'_>) -> Verdict {
    let rule = &route.settings.rule;
    match policy::decide(rule, around.facts(person.as_ref())) {
        Decision::Allow { by } => {
            let entry = position(&rule.allow, by);
            // A switched-off account passes a public route as anybody would, without a name.
            let person = person.filter(|person| !person.user.disabled);
            Verdict::Permit(Permit {
                route: Arc::clone(route),
                person,
                token: None,
                entry: Some(entry),
            })
        }
        Decision::LoginNeeded => Verdict::Challenge,
        Decision::StepUp { reason } => Verdict::StepUp(Denied { person, reason }),
        Decision::Deny { reason } => Verdict::Deny(Denied { person, reason }),
    }
}

/// Judges a request to `route` with a token that is good for it. A person is judged as with a
/// session. No entry of `allow` speaks of clients: one that asks for itself passes by its scopes,
/// which were looked at, and by leave of the route's `bearer.clients`; what the rule demands of
/// requests it demands of this one too.
pub fn judge_bearing(route: &Arc<Route>, bearing: Bearing, around: Around<'_>) -> Verdict {
    let Bearing { token, person } = bearing;
    if person.is_none() {
        return judge_client(route, token, around);
    }
    match judge(route, person, around) {
        Verdict::Permit(permit) => Verdict::Permit(Permit {
            token: Some(token),
            ..permit
        }),
        other @ (Verdict::Challenge | Verdict::StepUp(_) | Verdict::Deny(_)) => other,
    }
}

fn judge_client(route: &Arc<Route>, token: Token, around: Around<'_>) -> Verdict {
    let of_request = |reason: Reason| reason.is_of_request() || reason == Reason::Denied;
    match policy::decide(&route.settings.rule, around.facts(None)) {
        Decision::Deny { reason } if of_request(reason) => Verdict::Deny(Denied {
            person: None,
            reason,
        }),
        Decision::Allow { .. }
        | Decision::LoginNeeded
        | Decision::StepUp { .. }
        | Decision::Deny { .. } => Verdict::Permit(Permit {
            route: Arc::clone(route),
            person: None,
            token: Some(token),
            entry: None,
        }),
    }
}

fn position(allow: &[Entry], by: &Entry) -> usize {
    allow
        .iter()
        .position(|entry| std::ptr::eq(entry, by))
        .unwrap_or_default()
}
