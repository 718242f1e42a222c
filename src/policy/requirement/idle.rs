//! `idle`: whoever was away for longer has to sign in again.

use super::{Concern, Requirement, RequirementKind, ago};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "idle",
    form: "\"15m\"",
    summary: "The person was last here, on any route of this host that asks for it, within this time; \
              signing in again helps.",
    concerns: Concern::SignIn,
    reason: Reason::IdleTooLong,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Idle(span) = requirement else {
        return None;
    };
    let proof = facts.proof;
    Some(proof.is_some_and(|proof| facts.now.since(proof.seen) <= *span))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Idle(_) = requirement else {
        return None;
    };
    Some(match facts.proof {
        Some(proof) => format!("last here {}", ago(facts.now.since(proof.seen))),
        None => "there is no session".to_owned(),
    })
}
