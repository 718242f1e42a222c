//! The decision, and the same decision with its reasons.

use std::time::Duration;

use super::{Concern, Entry, Facts, Requirement, Rule, condition};
use crate::model::{Acr, Amr, LoginMethod};

/// What a rule says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'r> {
    /// This entry lets it in.
    Allow {
        /// The first entry that holds.
        by: &'r Entry,
    },
    /// Nobody is signed in; somebody who is might pass.
    LoginNeeded,
    /// This person may, once they have proven more.
    StepUp {
        /// What is not met.
        reason: Reason,
    },
    /// This person may not, or nobody may here and now.
    Deny {
        /// Why.
        reason: Reason,
    },
}

/// Why somebody is turned away; a bounded set, fit for a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The account is switched off.
    UserDisabled,
    /// An entry of `deny` means the person.
    Denied,
    /// The rule lets groups in, and the person is in none of them.
    NotInGroup,
    /// The rule lets named people in, and this is none of them.
    NotNamed,
    /// `require.ip`.
    NotFromHere,
    /// `require.methods`.
    OtherMethod,
    /// `require.header`.
    MissingHeader,
    /// `require.time`.
    OutsideHours,
    /// `require.client_cert`.
    NoCertificate,
    /// `require.groups`.
    NotInEveryGroup,
    /// `require.second_factor`, `passkey` and `acr`.
    TooWeak,
    /// `require.fresh`.
    NotFresh,
    /// `require.session_age`.
    SessionTooOld,
    /// `require.idle`.
    IdleTooLong,
}

impl Reason {
    /// Whether it is the request's and not the person's: then signing in as somebody else is no way
    /// on.
    pub const fn is_of_request(self) -> bool {
        match self {
            Self::NotFromHere
            | Self::OtherMethod
            | Self::MissingHeader
            | Self::OutsideHours
            | Self::NoCertificate => true,
            Self::UserDisabled
            | Self::Denied
            | Self::NotInGroup
            | Self::NotNamed
            | Self::NotInEveryGroup
            | Self::TooWeak
            | Self::NotFresh
            | Self::SessionTooOld
            | Self::IdleTooLong => false,
        }
    }

    /// As written to logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDisabled => "user_disabled",
            Self::Denied => "denied",
            Self::NotInGroup => "not_in_group",
            Self::NotNamed => "not_named",
            Self::NotFromHere => "not_from_here",
            Self::OtherMethod => "method_not_allowed",
            Self::MissingHeader => "header_missing",
            Self::OutsideHours => "outside_hours",
            Self::NoCertificate => "no_certificate",
            Self::NotInEveryGroup => "not_in_every_group",
            Self::TooWeak => "too_weak",
            Self::NotFresh => "not_fresh",
            Self::SessionTooOld => "session_too_old",
            Self::IdleTooLong => "idle_too_long",
        }
    }
}

/// Whether `rule` lets `facts` in. No I/O, no allocation.
pub fn decide<'r>(rule: &'r Rule, facts: Facts<'_>) -> Decision<'r> {
    // A switched-off account is nobody's: not even a public route treats it as signed in.
    let disabled = facts.user.is_some_and(|user| user.disabled);
    let judged = if disabled {
        Facts {
            user: None,
            proof: None,
            ..facts
        }
    } else {
        facts
    };
    let means = |entry: &&Entry| condition::holds(entry, judged);
    if rule.deny.iter().any(|entry| means(&entry)) {
        return Decision::Deny {
            reason: Reason::Denied,
        };
    }
    let by = rule.allow.iter().find(means);
    if let (None, Some(_)) = (by, facts.user) {
        return Decision::Deny {
            reason: not_allowed(rule, disabled),
        };
    }
    // Whoever nobody could be here and now is told at once: signing in would end in the same place.
    if let Some(reason) = unmet(rule, Concern::Request, judged) {
        return Decision::Deny { reason };
    }
    let Some(by) = by else {
        return Decision::LoginNeeded;
    };
    let (person, sign_in) = (
        unmet(rule, Concern::Person, judged),
        unmet(rule, Concern::SignIn, judged),
    );
    match (person.or(sign_in), judged.user) {
        (None, _) => Decision::Allow { by },
        (Some(_), None) if disabled => Decision::Deny {
            reason: Reason::UserDisabled,
        },
        (Some(_), None) => Decision::LoginNeeded,
        // Signing in again would not help against the other.
        (Some(reason), Some(_)) if person.is_some() => Decision::Deny { reason },
        (Some(reason), Some(_)) => Decision::StepUp { reason },
    }
}

/// Why nothing in `allow` means somebody who is signed in.
fn not_allowed(rule: &Rule, disabled: bool) -> Reason {
    let groups = |entry: &Entry| matches!(entry, Entry::Group(_));
    if disabled {
        Reason::UserDisabled
    } else if rule.allow.iter().any(groups) {
        Reason::NotInGroup
    } else {
        Reason::NotNamed
    }
}

/// The first requirement of this concern that does not hold.
fn unmet(rule: &Rule, concern: Concern, facts: Facts<'_>) -> Option<Reason> {
    let mut of = rule
        .require
        .iter()
        .map(|one| (one, one.kind()))
        .filter(|(_, kind)| kind.concerns == concern);
    of.find(|(one, _)| !one.holds(facts))
        .map(|(_, kind)| kind.reason)
}

/// What a sign-in must be like to meet a rule, as a challenge says it (RFC 9470 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInNeeds {
    /// The class (`acr_values`).
    pub acr: Option<Acr>,
    /// How long ago at most (`max_age`).
    pub max_age: Option<Duration>,
    /// Whether a way in of this version is as strong as that.
    pub reachable: bool,
}

impl SignInNeeds {
    /// What all of the rule's requirements take together.
    pub fn of(rule: &Rule) -> Self {
        let all = || rule.require.iter();
        Self {
            acr: all().filter_map(Requirement::acr).max(),
            max_age: all().filter_map(Requirement::max_age).min(),
            reachable: all().all(is_reachable),
        }
    }
}

/// Whether some way in of this version can meet a requirement.
pub fn is_reachable(requirement: &Requirement) -> bool {
    let by = |amr: Amr| LoginMethod::ALL.iter().any(|method| method.amr() == amr);
    match (requirement, requirement.acr()) {
        (Requirement::Passkey, _) => by(Amr::Hwk),
        (_, Some(Acr::Two)) => by(Amr::Mfa),
        (_, Some(Acr::One) | None) => true,
    }
}

/// One part of a rule and what it says, for `doorward explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// The key it stands under: `deny`, `allow` or `require`.
    pub key: &'static str,
    /// The entry as written.
    pub entry: String,
    /// Whether the request is meant.
    pub holds: bool,
    /// Why, in words.
    pub why: String,
}

/// The decision with what every part of the rule says about it, in the order they are judged.
pub fn explain<'r>(rule: &'r Rule, facts: Facts<'_>) -> (Decision<'r>, Vec<Criterion>) {
    let entries = [("deny", &rule.deny), ("allow", &rule.allow)];
    let criteria = entries
        .into_iter()
        .flat_map(|(key, list)| list.iter().map(move |entry| (key, entry)))
        .map(|(key, entry)| Criterion {
            key,
            entry: entry.to_string(),
            holds: condition::holds(entry, facts),
            why: condition::describe(entry, facts),
        });
    let required = rule.require.iter().map(|one| Criterion {
        key: "require",
        entry: one.to_string(),
        holds: one.holds(facts),
        why: one.describe(facts),
    });
    let criteria = criteria.chain(required).collect();
    (decide(rule, facts), criteria)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
