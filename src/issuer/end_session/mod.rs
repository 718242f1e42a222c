//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). A browser is sent on only to an
//! address that the client registered, and only when a token we signed says which client it is.
//! Nobody is signed out by a link that proves nothing.

mod request;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use self::request::SignOut;
use super::audit::Entry;
use super::state::At;
use super::visitor::{Here, Visitor};
use crate::base::SessionId;
use crate::model::AuditKind;
use crate::web::csrf::{Browser, Form, Posted};
use crate::web::{
    ErrorPage, FormTarget, Inbound, LoggedOutPage, LogoutConfirmPage, Onward, Params, Query,
    see_other, visitor,
};

/// The request in the query.
pub async fn by_get(
    State(at): State<At>,
    Query(params): Query,
    inbound: Inbound,
    visitor: Visitor,
) -> Result<Response, ErrorPage> {
    let sign_out = match params.find("r") {
        Some(sealed) => SignOut::open(&at, sealed)?,
        None => SignOut::understand(&at, &params).await?,
    };
    match visitor.here() {
        // A hint about this very session is as good as the person's word.
        Some(here) if sign_out.is_about(here) => {
            end(&at, here, &inbound, "by_client").await?;
            done(&at, &sign_out, Some(&here.lease.session)).await
        }
        Some(_) => Ok(see_other(&sign_out.path(&at, &at.issuer.sign_out_path())?)),
        None => done(&at, &sign_out, None).await,
    }
}

/// The request in a form. Browsers send a posted form without our `SameSite=Lax` cookies when it
/// comes from another site, so who is here is only known after a redirect to ourselves.
pub async fn by_post(State(at): State<At>, request: Request) -> Result<Response, ErrorPage> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let form = Params::read_form(request).await?;
    let params = Params::parse(format!("{query}&{}", form.encode()).as_bytes())?;
    let sign_out = SignOut::understand(&at, &params).await?;
    let settings = at.issuer.settings();
    let path = format!("{}{}", settings.path, settings.endpoints.end_session);
    Ok(see_other(&sign_out.path(&at, &path)?))
}

/// Asks the person.
pub async fn ask(
    State(at): State<At>,
    Query(params): Query,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let sign_out = SignOut::open(&at, params.find("r").unwrap_or_default())?;
    let Some(here) = visitor.here() else {
        return done(&at, &sign_out, None).await;
    };
    let kit = &at.state.kit;
    let (action, sealed) = (at.issuer.sign_out_path(), sign_out.seal(&at)?);
    let page = LogoutConfirmPage {
        shell: at.shell(None),
        action: &action,
        csrf: browser.token(kit, Confirmed::PURPOSE),
        fields: vec![("sign_out", &sealed)],
        app: sign_out.app.as_deref(),
        who: Some(&here.user.username),
        stay: None,
    };
    let target = FormTarget::covering(sign_out.target.iter().chain(&sign_out.beyond));
    Ok(page.page()?.form_target(target).into_response())
}

/// The form of the confirmation page.
pub struct Confirmed {
    sign_out: String,
}

impl Form for Confirmed {
    const PURPOSE: &'static str = "end-session";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        Ok(Self {
            sign_out: params.find("sign_out").unwrap_or_default().to_owned(),
        })
    }
}

/// The person said yes.
pub async fn confirmed(
    State(at): State<At>,
    inbound: Inbound,
    visitor: Visitor,
    Posted { form, .. }: Posted<Confirmed>,
) -> Result<Response, ErrorPage> {
    let sign_out = SignOut::open(&at, &form.sign_out)?;
    let Some(here) = visitor.here() else {
        return done(&at, &sign_out, None).await;
    };
    end(&at, here, &inbound, "confirmed").await?;
    done(&at, &sign_out, Some(&here.lease.session)).await
}

/// Ends the session everywhere.
async fn end(
    at: &At,
    here: &Here,
    inbound: &Inbound,
    reason: &'static str,
) -> Result<(), ErrorPage> {
    at.state.sessions.end(&here.lease.session).await?;
    Entry::ok(AuditKind::Logout, reason)
        .user(&here.user.id)
        .session(&here.lease.session)
        .from(inbound)
        .record(at);
    Ok(())
}

/// Nobody is signed in any more: on to the client, at once or after the frames of those that are
/// told that way, or a page that says so.
async fn done(
    at: &At,
    sign_out: &SignOut,
    ended: Option<&SessionId>,
) -> Result<Response, ErrorPage> {
    let frames = match ended {
        Some(session) => at.state.logout.frames(session).await,
        None => Vec::new(),
    };
    let mut response = match &sign_out.target {
        Some(target) if frames.is_empty() => {
            let location = HeaderValue::from_str(target)
                .map_err(|_| ErrorPage::internal("a registered address no header may hold"))?;
            let referrer = HeaderValue::from_static("no-referrer");
            let headers = [(LOCATION, location), (REFERRER_POLICY, referrer)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Some(_) | None => {
            let (target, offered) = (sign_out.target.as_deref(), sign_out.offered.as_deref());
            let page = LoggedOutPage {
                shell: at.shell(None),
                frames,
                onward: target.or(offered).map(|uri| Onward {
                    uri,
                    app: sign_out.app.as_deref(),
                    by_itself: target.is_some(),
                }),
            };
            page.page()?.into_response()
        }
    };
    visitor::forget(&at.state.kit, &at.state.sessions, response.headers_mut());
    Ok(response)
}
