//! `client_cert`: a TLS certificate that a configured authority vouches for. One that nobody vouches
//! for anybody can make.

use super::{Concern, Requirement, RequirementKind};
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "client_cert",
    form: "true, { subject = \"CN=...\" }",
    summary: "The client proved to have a certificate that one of `listen.client_certificates.trust` \
              vouches for, of exactly this subject (RFC 4514) if one is named.",
    concerns: Concern::Request,
    reason: Reason::NoCertificate,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Certificate(wanted) = requirement else {
        return None;
    };
    let shown = facts.request.certificate;
    Some(match wanted {
        Some(wanted) => shown == Some(wanted),
        None => shown.is_some(),
    })
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Certificate(_) = requirement else {
        return None;
    };
    Some(match facts.request.certificate {
        Some(subject) => format!("the certificate is of {subject}"),
        None => "there is no certificate that a configured authority vouches for".to_owned(),
    })
}
