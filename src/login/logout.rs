//! `/logout`: asks, then ends the session everywhere.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::SET_COOKIE;

use super::record::{Event, record};
use super::state::LoginState;
use crate::model::AuditKind;
use crate::web::{
    Browser, ErrorPage, Form, Inbound, LoggedOutPage, LogoutConfirmPage, Params, Posted, Visitor,
};

/// The button on the confirmation page, and the one on the account page.
pub(super) struct SignOut;

impl Form for SignOut {
    const PURPOSE: &'static str = "logout";

    fn read(_: &Params) -> Result<Self, ErrorPage> {
        Ok(Self)
    }
}

/// Asks. A link or an image elsewhere must not be able to sign anybody out.
pub(super) async fn confirm(
    State(state): State<LoginState>,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let Some(lease) = visitor.0 else {
        return logged_out(&state);
    };
    let user = state.directory.person(&lease.user).await?;
    let page = LogoutConfirmPage {
        shell: state.kit.shell(),
        action: "/logout",
        csrf: browser.token(&state.kit, SignOut::PURPOSE),
        fields: Vec::new(),
        app: None,
        who: user.as_deref().map(|user| &*user.username),
        stay: Some("/account"),
    };
    Ok(page.page()?.into_response())
}

/// Ends it.
pub(super) async fn submit(
    State(state): State<LoginState>,
    inbound: Inbound,
    visitor: Visitor,
    Posted { form: SignOut, .. }: Posted<SignOut>,
) -> Result<Response, ErrorPage> {
    if let Some(lease) = visitor.0 {
        state.sessions.end(&lease.session).await?;
        let event = Event {
            kind: AuditKind::Logout,
            ok: true,
            reason: "asked",
            user: Some(&lease.user),
            session: Some(&lease.session),
        };
        record(&state, &inbound, event);
    }
    logged_out(&state)
}

fn logged_out(state: &LoginState) -> Result<Response, ErrorPage> {
    let page = LoggedOutPage {
        shell: state.kit.shell(),
    };
    let mut response = page.page()?.into_response();
    let cleared = HeaderValue::from_str(&state.sessions.clear_cookie());
    response
        .headers_mut()
        .extend(cleared.ok().map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}
