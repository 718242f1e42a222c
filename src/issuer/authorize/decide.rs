//! What comes next for a request that was understood. Pure: the facts are handed in.

use std::time::Duration;

use super::request::AuthorizeRequest;
use super::target::RedirectTarget;
use crate::base::Timestamp;
use crate::issuer::error::AuthorizeError;
use crate::issuer::welcome::Standing;
use crate::model::{Acr, Client, Consent, ConsentPolicy, Tenant};
use crate::policy::Reason;
use crate::session::Lease;
use crate::tokens::Terms;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The person signs in, again if they are signed in already.
    SignIn,
    /// The person does not belong to the tenant that was asked for.
    TurnAway,
    /// The client's policy does not let the person in.
    Unwelcome(Reason),
    /// The person is asked.
    Ask,
    /// The client gets its code.
    Grant,
    /// The client gets an error.
    Refuse(AuthorizeError),
}

/// Whether the person signed in as the request asks; `None` when nobody did.
///
/// `subject` is what the client calls the person of the lease; `tenant` is the one that is asked for.
pub fn signed_in(
    request: &AuthorizeRequest,
    lease: Option<&Lease>,
    subject: Option<&str>,
    tenant: Option<&Tenant>,
) -> Option<Step> {
    let Some(lease) = lease else {
        return Some(sign_in(request));
    };
    // Proven since the request came: as fresh as anybody can ask for.
    let fresh = lease.auth_time >= request.started;
    let old = !fresh && (request.prompt.login || is_too_old(request, lease.auth_time));
    // Signing in for this request goes by the tenant's ways only, so this is no loop.
    if old || tenant.is_some_and(|tenant| !tenant.takes(&lease.amr)) {
        return Some(sign_in(request));
    }
    let other_hint = request
        .hint
        .as_ref()
        .is_some_and(|user| *user != lease.user);
    let other_subject = request.subject.is_some() && request.subject.as_deref() != subject;
    if other_hint || other_subject {
        return Some(if fresh {
            // They signed in just now, as somebody else: asking once more would be a loop.
            Step::Refuse(LOGIN_REQUIRED)
        } else {
            sign_in(request)
        });
    }
    (!is_strong_enough(request, lease)).then_some(Step::Refuse(AuthorizeError::new(
        "unmet_authentication_requirements",
        "The person cannot sign in in the way that acr asks for.",
    )))
}

/// Whether the login is of a class that the client calls essential (OpenID Connect Core 5.5.1.1);
/// a stronger one will do.
fn is_strong_enough(request: &AuthorizeRequest, lease: &Lease) -> bool {
    let asked = request.extent.claims.id_token.get("acr");
    let Some(asked) = asked.filter(|asked| asked.essential && !asked.values.is_empty()) else {
        return true;
    };
    Acr::of(&lease.amr).among(&asked.values).is_some()
}

/// What the client's policy makes of whoever signed in as the request asks; `None` when they may.
pub fn welcomed(request: &AuthorizeRequest, lease: &Lease, standing: Standing) -> Option<Step> {
    match standing {
        Standing::Welcome => None,
        // They signed in just now: asking once more would be a loop.
        Standing::Again(reason) if lease.auth_time >= request.started => {
            Some(Step::Unwelcome(reason))
        }
        Standing::Again(_) => Some(sign_in(request)),
        Standing::Unwelcome(reason) => Some(Step::Unwelcome(reason)),
    }
}

/// Whether the person must be asked, for a request that [`signed_in`] let pass.
pub fn consented(
    (request, terms): (&AuthorizeRequest, &Terms),
    client: &Client,
    target: &RedirectTarget,
    remembered: Option<&Consent>,
) -> Step {
    let asked = request.disclosed(terms);
    let covered = remembered.is_some_and(|consent| asked.is_subset(&consent.scopes));
    let ask = match client.consent {
        ConsentPolicy::Skip => false,
        ConsentPolicy::Always => true,
        ConsentPolicy::Remember => !covered || anybody(client, target),
    };
    match (ask || request.prompt.consent, request.prompt.none) {
        (false, _) => Step::Grant,
        (true, false) => Step::Ask,
        (true, true) => Step::Refuse(AuthorizeError::new(
            "consent_required",
            "The person must be asked first.",
        )),
    }
}

/// Whether the answer that a person gives now spares them the question next time.
pub fn remembers(client: &Client, target: &RedirectTarget) -> bool {
    client.consent == ConsentPolicy::Remember && !anybody(client, target)
}

/// Anybody can pose as a public client on this device (RFC 8252 8.6, RFC 6749 10.2).
fn anybody(client: &Client, target: &RedirectTarget) -> bool {
    client.auth.is_public() && target.proves_nothing()
}

/// Nobody is signed in, and nobody may be asked to.
pub const LOGIN_REQUIRED: AuthorizeError =
    AuthorizeError::new("login_required", "The person must sign in first.");

const fn sign_in(request: &AuthorizeRequest) -> Step {
    if request.prompt.none {
        Step::Refuse(LOGIN_REQUIRED)
    } else {
        Step::SignIn
    }
}

fn is_too_old(request: &AuthorizeRequest, auth_time: Timestamp) -> bool {
    request.max_age.is_some_and(|seconds| {
        request.started.since(auth_time) > Duration::from_secs(seconds) || seconds == 0
    })
}
