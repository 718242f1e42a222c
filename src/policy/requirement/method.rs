//! `methods`: what a request may do here.

use super::{Concern, Requirement, RequirementKind};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "methods",
    form: "[\"GET\", \"HEAD\"]",
    summary: "The request has one of these methods.",
    concerns: Concern::Request,
    reason: Reason::OtherMethod,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Method(methods) = requirement else {
        return None;
    };
    Some(
        facts
            .request
            .method
            .is_some_and(|method| methods.contains(method)),
    )
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Method(_) = requirement else {
        return None;
    };
    Some(match facts.request.method {
        Some(method) => format!("the method is {method}"),
        None => "the method is not known".to_owned(),
    })
}
