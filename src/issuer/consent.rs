//! The consent page: which app asks, whom it asks for, for what, in words; and its two answers.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::audit::Entry;
use super::authorize::decide::{self, Step};
use super::authorize::request::{AuthorizeRequest, Prompt};
use super::authorize::{Authorizing, DENIED};
use super::register;
use super::state::At;
use super::visitor::Visitor;
use super::words::{self, ApiScope, Decision};
use crate::base::{ScopeSet, UserId};
use crate::model::{AuditKind, Consent, ConsentPolicy};
use crate::web::csrf::{Browser, Form, Posted};
use crate::web::{AppLinks, ErrorPage, Inbound, Page, Params, Shell, see_other};

#[derive(Template)]
#[template(path = "consent.html", config = "src/web/askama.toml")]
struct ConsentTemplate<'a> {
    shell: Shell<'a>,
    app: &'a str,
    tenant: Option<&'a str>,
    links: AppLinks,
    goes_to: &'a str,
    who: &'a str,
    scopes: Vec<String>,
    apis: Vec<ApiScope<'a>>,
    remembers: bool,
    switch: Option<String>,
    action: String,
    csrf: String,
    request: String,
}

/// Asks the person.
pub fn page(
    mut asking: Authorizing,
    visitor: &Visitor,
    browser: &Browser,
) -> Result<Response, ErrorPage> {
    let Some(here) = visitor.here() else {
        return asking.sign_in(visitor);
    };
    // Whoever answers must be who was asked.
    asking.request.asked_in = Some(here.lease.session.clone());
    let kit = &asking.at.state.kit;
    let (terms, disclosed) = (
        asking.at.issuer.terms(),
        asking.request.disclosed(asking.at.issuer.terms()),
    );
    let template = ConsentTemplate {
        shell: asking.at.shell(asking.request.tenant.as_ref()),
        app: &asking.client.name,
        tenant: asking.at.tenant_name(asking.request.tenant.as_ref()),
        links: register::links(&asking.at, &asking.client),
        goes_to: &asking.target.origin(),
        who: &here.user.username,
        scopes: words::of_people(terms, &disclosed),
        apis: words::of_apis(terms, &disclosed),
        remembers: decide::remembers(&asking.client, &asking.target),
        switch: switch_path(&asking)?,
        action: asking.at.issuer.consent_path(),
        csrf: browser.token(kit, Answer::PURPOSE),
        request: asking
            .request
            .seal(&asking.at.issuer, &asking.at.state.sealer)?,
    };
    Ok(Page::render(&template)?
        .form_target(asking.target.form_target(&asking.client))
        .into_response())
}

/// What the person answered.
pub struct Answer {
    request: String,
    decision: Decision,
}

impl Form for Answer {
    const PURPOSE: &'static str = "consent";
    const MAY_REPEAT: &'static [&'static str] = Decision::MAY_REPEAT;

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        Ok(Self {
            request: params.find("request").unwrap_or_default().to_owned(),
            decision: Decision::read(params)?,
        })
    }
}

/// Takes the answer.
pub async fn answer(
    State(at): State<At>,
    inbound: Inbound,
    visitor: Visitor,
    Posted { form, .. }: Posted<Answer>,
) -> Result<Response, ErrorPage> {
    let asking = match Authorizing::open(at, &form.request).await? {
        Ok(asking) => asking,
        Err(refused) => return Ok(refused),
    };
    let wearer = asking.at.wearer(asking.request.tenant.as_ref());
    let taken = take(asking, form, &inbound, &visitor).await;
    taken.map_err(|error| error.worn(&wearer))
}

async fn take(
    mut asking: Authorizing,
    form: Answer,
    inbound: &Inbound,
    visitor: &Visitor,
) -> Result<Response, ErrorPage> {
    let asked = asking.request.asked_in.take();
    let here = visitor
        .here()
        .filter(|here| asked.as_ref() == Some(&here.lease.session));
    let Some(here) = here else {
        return start_over(&asking);
    };
    let entry = if form.decision.allowed {
        Entry::ok(AuditKind::Consent, "allowed")
    } else {
        Entry::new(AuditKind::Consent, "denied")
    };
    entry
        .client(&asking.client.id)
        .user(&here.user.id)
        .session(&here.lease.session)
        .from(inbound)
        .record(&asking.at);
    let terms = asking.at.issuer.terms();
    let asked = asking.request.disclosed(terms);
    let AuthorizeRequest { scopes, extent, .. } = &asking.request;
    let Some((allowed, resources)) = form.decision.of(terms, scopes, &extent.resources) else {
        return Ok(asking.refuse(&DENIED));
    };
    asking.request.scopes = allowed;
    asking.request.extent.resources = resources;
    remember(&asking, &here.user.id, &asked).await?;
    match asking.signed_in(inbound, visitor) {
        None => asking.grant(inbound, visitor).await,
        Some(Step::Refuse(error)) => Ok(asking.refuse(&error)),
        Some(Step::SignIn | Step::TurnAway | Step::Unwelcome(_) | Step::Ask | Step::Grant) => {
            start_over(&asking)
        }
    }
}

/// What was agreed to before stays agreed to, but for what was asked again and left out now.
async fn remember(asking: &Authorizing, user: &UserId, asked: &ScopeSet) -> Result<(), ErrorPage> {
    match asking.client.consent {
        ConsentPolicy::Remember => {}
        ConsentPolicy::Always | ConsentPolicy::Skip => return Ok(()),
    }
    let at = &asking.at;
    let (issuer, client) = (at.issuer.id(), &asking.client.id);
    let (store, tenant) = (&at.state.store, &asking.request.tenant);
    let before = store
        .load_consent(user, (issuer, client), tenant.as_ref())
        .await?
        .map(|consent| consent.scopes)
        .unwrap_or_default();
    let consent = Consent {
        user: user.clone(),
        issuer: issuer.clone(),
        client: client.clone(),
        tenant: tenant.clone(),
        scopes: before
            .iter()
            .filter(|scope| !asked.contains(scope))
            .collect::<ScopeSet>()
            .union(&asking.request.disclosed(at.issuer.terms())),
        given: at.state.clock.now(),
    };
    Ok(store.put_consent(&consent).await?)
}

/// The session changed between question and answer: whoever is here now is asked anew.
fn start_over(asking: &Authorizing) -> Result<Response, ErrorPage> {
    Ok(match asking.resume_path()? {
        Some(path) => see_other(path.as_str()),
        None => asking.refuse(&DENIED),
    })
}

/// The same request, for somebody who signs in now.
pub(super) fn switch_path(asking: &Authorizing) -> Result<Option<String>, ErrorPage> {
    let mut request = asking.request.clone();
    request.prompt = Prompt {
        login: true,
        ..request.prompt
    };
    request.started = asking.at.state.clock.now();
    request.asked_in = None;
    request.login_hint = None;
    let path = request.resume_path(&asking.at.issuer, &asking.at.state.sealer)?;
    Ok(path.map(|path| path.as_str().to_owned()))
}
