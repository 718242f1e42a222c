//! `session_age`: sessions that began a while ago do not count here.

use super::{Concern, Requirement, RequirementKind, ago};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "session_age",
    form: "\"8h\"",
    summary: "The session began within this time; signing in again begins another.",
    concerns: Concern::SignIn,
    reason: Reason::SessionTooOld,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::SessionAge(span) = requirement else {
        return None;
    };
    let proof = facts.proof;
    Some(proof.is_some_and(|proof| facts.now.since(proof.began) <= *span))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::SessionAge(_) = requirement else {
        return None;
    };
    Some(match facts.proof {
        Some(proof) => format!("the session began {}", ago(facts.now.since(proof.began))),
        None => "there is no session".to_owned(),
    })
}
