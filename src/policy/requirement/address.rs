//! `ip`: the client's address, as the gateway believes it.

use super::{Concern, Requirement, RequirementKind};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "ip",
    form: "[\"10.0.0.0/8\"]",
    summary: "The client's address is in one of these networks; behind `trusted_proxies` it is the \
              one that they name.",
    concerns: Concern::Request,
    reason: Reason::NotFromHere,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Address(networks) = requirement else {
        return None;
    };
    // An IPv4 address that came as IPv6 is the IPv4 one.
    let address = facts.request.address.map(|address| address.to_canonical());
    Some(address.is_some_and(|address| networks.iter().any(|net| net.contains(&address))))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Address(_) = requirement else {
        return None;
    };
    Some(match facts.request.address {
        Some(address) => format!("the request comes from {}", address.to_canonical()),
        None => "the address is not known".to_owned(),
    })
}
