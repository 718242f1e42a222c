//! `/logout`: asks, then ends the session everywhere.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::record::{Event, record};
use super::state::LoginState;
use crate::model::AuditKind;
use crate::session::Lease;
use crate::web::{
    Browser, ErrorPage, Form, Inbound, LoggedOutPage, LogoutConfirmPage, Params, Posted, Visitor,
    visitor,
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
        return logged_out(&state, None).await;
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
    if let Some(lease) = &visitor.0 {
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
    logged_out(&state, visitor.0.as_deref()).await
}

async fn logged_out(state: &LoginState, was: Option<&Lease>) -> Result<Response, ErrorPage> {
    let mut page = LoggedOutPage::plain(state.kit.shell());
    if let Some(lease) = was {
        page.frames = state.logout.frames(&lease.session).await;
    }
    let mut response = page.page()?.into_response();
    visitor::forget(&state.kit, &state.sessions, response.headers_mut());
    Ok(response)
}
