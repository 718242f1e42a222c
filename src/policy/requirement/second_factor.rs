//! `second_factor`: more than one factor.

use super::{Concern, Requirement, RequirementKind};
use crate::model::Amr;
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "second_factor",
    form: "true",
    summary: "The person signed in with a second factor.",
    concerns: Concern::SignIn,
    reason: Reason::TooWeak,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    (*requirement == Requirement::SecondFactor).then(|| {
        let proof = facts.proof;
        proof.is_some_and(|proof| proof.amr.contains(&Amr::Mfa))
    })
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    (*requirement == Requirement::SecondFactor).then(|| by(facts))
}

/// By what somebody signed in.
pub(super) fn by(facts: Facts<'_>) -> String {
    let Some(proof) = facts.proof else {
        return "nobody says how they signed in".to_owned();
    };
    let methods: Vec<&str> = proof.amr.iter().map(|amr| amr.as_str()).collect();
    format!("signed in by {}", methods.join(", "))
}
