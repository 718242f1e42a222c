//! `acr`: how strong the sign-in was (OpenID Connect Core 2).

use super::{Concern, Requirement, RequirementKind};
use crate::model::Acr;
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "acr",
    form: "\"2\"",
    summary: "The sign-in is of this authentication context class or a stronger one: \"1\" is one \
              factor, \"2\" is two.",
    concerns: Concern::SignIn,
    reason: Reason::TooWeak,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Acr(wanted) = requirement else {
        return None;
    };
    let proof = facts.proof;
    Some(proof.is_some_and(|proof| Acr::of(proof.amr) >= *wanted))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Acr(_) = requirement else {
        return None;
    };
    Some(match facts.proof {
        Some(proof) => format!("signed in by class {}", Acr::of(proof.amr).as_str()),
        None => "nobody says how they signed in".to_owned(),
    })
}
