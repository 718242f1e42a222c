//! `fresh`: the person proved who they are a short while ago.

use super::{Concern, Requirement, RequirementKind, ago};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "fresh",
    form: "\"15m\"",
    summary: "The person proved who they are within this time; signing in again helps.",
    concerns: Concern::SignIn,
    reason: Reason::NotFresh,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Fresh(span) = requirement else {
        return None;
    };
    let proof = facts.proof;
    Some(proof.is_some_and(|proof| facts.now.since(proof.at) <= *span))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Fresh(_) = requirement else {
        return None;
    };
    Some(match facts.proof {
        Some(proof) => format!("signed in {}", ago(facts.now.since(proof.at))),
        None => "nobody says when they signed in".to_owned(),
    })
}
