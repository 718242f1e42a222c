//! `passkey`: a key that a device or a token holds.

use super::second_factor::by;
use super::{Concern, Requirement, RequirementKind};
use crate::model::Amr;
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "passkey",
    form: "true",
    summary: "The person signed in with a passkey.",
    concerns: Concern::SignIn,
    reason: Reason::TooWeak,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    (*requirement == Requirement::Passkey).then(|| {
        let proof = facts.proof;
        proof.is_some_and(|proof| proof.amr.contains(&Amr::Hwk))
    })
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    (*requirement == Requirement::Passkey).then(|| by(facts))
}
