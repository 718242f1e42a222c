//! `groups`: the person is in all of them, however `allow` let them in.

use super::{Concern, Requirement, RequirementKind};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "groups",
    form: "[\"staff\", \"trained\"]",
    summary: "The person is in every one of these groups.",
    concerns: Concern::Person,
    reason: Reason::NotInEveryGroup,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Group(name) = requirement else {
        return None;
    };
    Some(facts.user.is_some_and(|user| user.groups.contains(name)))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Group(name) = requirement else {
        return None;
    };
    Some(match facts.user {
        None => "nobody is signed in".to_owned(),
        Some(user) if user.groups.contains(name) => {
            format!("{} is in {name}", user.login.as_str())
        }
        Some(user) => format!("{} is not in {name}", user.login.as_str()),
    })
}
