//! The page on which a person lets a device in (RFC 8628 3.3). The code may be in the address, but
//! only a press of a button by somebody who is signed in answers it, and the page says what may be
//! wrong: a stranger's device is let in by whoever follows a stranger's link (RFC 8628 5.4).

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::code::UserCode;
use super::waiting::find;
use crate::base::TenantId;
use crate::base::encoding::{base64url, sha256};
use crate::flow::{Interaction, OwnPath};
use crate::issuer::audit::Entry;
use crate::issuer::authorize::request::bare_apis;
use crate::issuer::state::At;
use crate::issuer::visitor::{Here, Visitor};
use crate::issuer::words::{self, ApiScope, Decision};
use crate::model::{AuditKind, DeviceAnswer, DeviceApproval, DeviceRequest};
use crate::web::csrf::{Browser, Form, Posted};
use crate::web::{ErrorPage, Inbound, Page, Params, Query, Shell, see_other};

#[derive(Template)]
#[template(path = "device.html", config = "src/web/askama.toml")]
struct DeviceTemplate<'a> {
    shell: Shell<'a>,
    who: &'a str,
    action: &'a str,
    state: Shown<'a>,
}

/// What the page shows.
enum Shown<'a> {
    /// Where the code is typed; whether the one before was wrong.
    Enter { wrong: bool },
    /// What is asked.
    Ask(Box<Asked<'a>>),
    /// What was answered.
    Done { allowed: bool },
}

struct Asked<'a> {
    app: &'a str,
    tenant: Option<&'a str>,
    code: String,
    scopes: Vec<String>,
    apis: Vec<ApiScope<'a>>,
    csrf: String,
    whom: String,
}

/// Shows the page.
pub async fn show(
    State(at): State<At>,
    Query(params): Query,
    inbound: Inbound,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let typed = params.find("user_code");
    let Some(here) = visitor.here() else {
        return sign_in(&at, typed);
    };
    let Some(typed) = typed else {
        return render(&at, here, Shown::Enter { wrong: false });
    };
    let Some(waiting) = find(&at, &inbound, here, typed).await? else {
        return render(&at, here, Shown::Enter { wrong: true });
    };
    if let Some(path) = waiting.asks_again(&at, here)? {
        return Ok(see_other(&path));
    }
    if !waiting.admits(here) {
        return waiting.outsider(&at, here);
    }
    if let Some(page) = waiting.unwelcome(&at, here, inbound.client)? {
        return Ok(page);
    }
    let terms = at.issuer.terms();
    let DeviceRequest { scopes, extent, .. } = &waiting.request;
    let asked_for = scopes.union(&bare_apis(terms, scopes, &extent.resources));
    let asked = Asked {
        app: &waiting.client.name,
        tenant: at.tenant_name(waiting.request.tenant.as_ref()),
        code: waiting.code.shown(),
        scopes: words::of_people(terms, &asked_for),
        apis: words::of_apis(terms, scopes),
        csrf: browser.token(&at.state.kit, Answer::PURPOSE),
        whom: whom(here),
    };
    let tenant = waiting.request.tenant.as_ref();
    render_in(&at, here, tenant, Shown::Ask(Box::new(asked)))
}

/// What the person answered.
pub struct Answer {
    code: String,
    asked: String,
    decision: Decision,
}

impl Form for Answer {
    const PURPOSE: &'static str = "device";
    const MAY_REPEAT: &'static [&'static str] = Decision::MAY_REPEAT;

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        let text = |name| params.find(name).unwrap_or_default().to_owned();
        Ok(Self {
            code: text("user_code"),
            asked: text("asked"),
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
    // Whoever answers must be who was asked.
    let here = visitor.here().filter(|here| whom(here) == form.asked);
    let Some(here) = here else {
        return sign_in(&at, Some(&form.code));
    };
    let Some(waiting) = find(&at, &inbound, here, &form.code).await? else {
        return render(&at, here, Shown::Enter { wrong: true });
    };
    let request = &waiting.request;
    if form.decision.allowed {
        if let Some(path) = waiting.asks_again(&at, here)? {
            return Ok(see_other(&path));
        }
        if !waiting.admits(here) {
            return waiting.outsider(&at, here);
        }
        if let Some(page) = waiting.unwelcome(&at, here, inbound.client)? {
            return Ok(page);
        }
    }
    let answer = decide(&at, here, request, &form.decision);
    let (store, now) = (&at.state.store, at.state.clock.now());
    let hash = waiting.code.hash(at.issuer.id());
    if !store
        .answer_device(hash, at.issuer.id(), &answer, now)
        .await?
    {
        return render(&at, here, Shown::Enter { wrong: true });
    }
    let allowed = answer != DeviceAnswer::Denied;
    let entry = if allowed {
        Entry::ok(AuditKind::Consent, "device_allowed")
    } else {
        Entry::new(AuditKind::Consent, "device_denied")
    };
    entry
        .client(&request.client)
        .user(&here.user.id)
        .session(&here.lease.session)
        .from(&inbound)
        .record(&at);
    render_in(&at, here, request.tenant.as_ref(), Shown::Done { allowed })
}

fn decide(at: &At, here: &Here, request: &DeviceRequest, decision: &Decision) -> DeviceAnswer {
    let (terms, resources) = (at.issuer.terms(), &request.extent.resources);
    let Some((scopes, resources)) = decision.of(terms, &request.scopes, resources) else {
        return DeviceAnswer::Denied;
    };
    DeviceAnswer::Approved(Box::new(DeviceApproval {
        user: here.user.id.clone(),
        session: here.lease.session.clone(),
        auth_time: here.lease.auth_time,
        amr: here.lease.amr.clone(),
        resources,
        scopes,
        at: at.state.clock.now(),
    }))
}

/// To the login page, and back here with the code.
fn sign_in(at: &At, typed: Option<&str>) -> Result<Response, ErrorPage> {
    let code = typed.and_then(UserCode::parse);
    Ok(see_other(&sign_in_path(at, code.as_ref(), None, false)?))
}

/// The login page, for whoever is signed in `again`.
pub(super) fn sign_in_path(
    at: &At,
    code: Option<&UserCode>,
    tenant: Option<&TenantId>,
    again: bool,
) -> Result<String, ErrorPage> {
    let path = at.issuer.device_path();
    let path = match code {
        Some(code) => format!("{path}?user_code={}", code.shown()),
        None => path,
    };
    let resume = OwnPath::parse(&path)
        .ok_or_else(|| ErrorPage::internal("the device page has no path of ours"))?;
    let interaction = Interaction {
        issuer: Some(at.issuer.id().clone()),
        tenant: tenant.cloned(),
        again,
        ..Interaction::new(resume, at.state.clock.now())
    };
    Ok(at.state.flow.begin(&interaction)?)
}

/// Names a session to itself, in a form that is bound to its browser anyway.
fn whom(here: &Here) -> String {
    base64url(sha256(format!("device\0{}", here.lease.session)))
}

fn render(at: &At, here: &Here, state: Shown<'_>) -> Result<Response, ErrorPage> {
    render_in(at, here, None, state)
}

/// With the look of a tenant.
fn render_in(
    at: &At,
    here: &Here,
    tenant: Option<&TenantId>,
    state: Shown<'_>,
) -> Result<Response, ErrorPage> {
    let status = match state {
        Shown::Enter { wrong: true } => StatusCode::BAD_REQUEST,
        Shown::Enter { wrong: false } | Shown::Ask(_) | Shown::Done { .. } => StatusCode::OK,
    };
    let page = Page::render(&DeviceTemplate {
        shell: at.shell(tenant),
        who: &here.user.username,
        action: &at.issuer.device_path(),
        state,
    })?;
    Ok(page.status(status).into_response())
}
