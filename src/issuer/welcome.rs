//! Whether the policy of a client lets somebody sign in to it, and the page for those whom it does not.

use std::net::IpAddr;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::authorize::outsider::Ways;
use super::state::At;
use super::visitor::Here;
use crate::base::TenantId;
use crate::model::Client;
use crate::policy::{self, Decision, Facts, Proof, Reason, RequestFacts, Rule, SignInNeeds};
use crate::web::{ErrorPage, Page, Shell};

/// How somebody stands with a client's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may sign in to it.
    Welcome,
    /// They may, once they have signed in anew.
    Again(Reason),
    /// They may not.
    Unwelcome(Reason),
}

/// Judges whoever is `here`, at `address`.
pub fn standing(at: &At, client: &Client, here: &Here, address: IpAddr) -> Standing {
    let Some(name) = &client.policy else {
        return Standing::Welcome;
    };
    // A name that nothing has any more lets nobody in.
    let Some(rule) = at.issuer.settings().policies.get(name) else {
        return Standing::Unwelcome(Reason::NotNamed);
    };
    let lease = &here.lease;
    let facts = Facts {
        user: Some(&here.user),
        proof: Some(Proof {
            at: lease.auth_time,
            amr: &lease.amr,
            began: lease.ends.minus(at.state.sessions.settings().max),
            seen: lease.seen,
        }),
        request: RequestFacts {
            address: Some(address),
            ..RequestFacts::default()
        },
        now: at.state.clock.now(),
    };
    match policy::decide(rule, facts) {
        Decision::Allow { .. } => Standing::Welcome,
        Decision::StepUp { reason } if SignInNeeds::of(rule).reachable => Standing::Again(reason),
        Decision::StepUp { reason } | Decision::Deny { reason } => Standing::Unwelcome(reason),
        // Somebody is: an account that is switched off has no session.
        Decision::LoginNeeded => Standing::Unwelcome(Reason::UserDisabled),
    }
}

#[derive(Template)]
#[template(path = "unwelcome.html", config = "src/web/askama.toml")]
struct Unwelcome<'a> {
    shell: Shell<'a>,
    app: &'a str,
    why: &'a str,
    reason: &'a str,
    who: &'a str,
    switch: Option<String>,
    back: Option<String>,
}

/// The page for whoever is `here`, and may not sign in to `client`.
pub fn page(
    at: &At,
    here: &Here,
    (client, tenant): (&Client, Option<&TenantId>),
    reason: Reason,
    ways: Ways,
) -> Result<Response, ErrorPage> {
    let nothing = Rule::default();
    let rule = client.policy.as_ref();
    let rule = rule.and_then(|name| at.issuer.settings().policies.get(name));
    let page = Page::render(&Unwelcome {
        shell: at.shell(tenant),
        app: &client.name,
        why: &policy::why(reason, rule.unwrap_or(&nothing)),
        reason: reason.as_str(),
        who: &here.user.username,
        switch: ways.switch.filter(|_| !reason.is_of_request()),
        back: ways.back,
    })?;
    Ok(page.status(StatusCode::FORBIDDEN).into_response())
}
