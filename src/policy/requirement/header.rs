//! `header`: one header of the request, exactly. Clients can send anything: this keeps out what
//! comes by mistake, or what a proxy in front did not mark, and nobody who knows the value.

use super::{Concern, Requirement, RequirementKind};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "header",
    form: "{ \"X-Edge\" = \"blue\" }",
    summary: "The request has each of these headers once, with exactly this value. Clients can send \
              anything.",
    concerns: Concern::Request,
    reason: Reason::MissingHeader,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Header { name, value } = requirement else {
        return None;
    };
    let Some(headers) = facts.request.headers else {
        return Some(false);
    };
    let mut sent = headers.get_all(name).iter();
    let first = sent.next();
    // Twice is not exactly: the app may read the other one.
    let once = sent.next().is_none();
    Some(once && first.is_some_and(|first| first.as_bytes() == value.as_bytes()))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Header { name, .. } = requirement else {
        return None;
    };
    let sent = facts
        .request
        .headers
        .map(|headers| headers.get_all(name).iter().count());
    Some(match sent {
        None => "the headers are not known".to_owned(),
        Some(0) => "it is not sent".to_owned(),
        Some(1) if holds(requirement, facts) == Some(true) => "it is sent".to_owned(),
        Some(1) => "it is sent with another value".to_owned(),
        Some(times) => format!("it is sent {times} times"),
    })
}
