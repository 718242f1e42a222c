//! `/account`: who is signed in here, and where else; any of those can be ended.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::logout::SignOut;
use super::record::{Event, record};
use super::state::LoginState;
use super::words;
use crate::base::{SessionId, Timestamp};
use crate::flow::{Interaction, OwnPath};
use crate::model::{AuditKind, Session};
use crate::session::SessionSettings;
use crate::web::{
    Browser, ErrorPage, Form, Inbound, Page, Params, Posted, Shell, Visitor, see_other,
};

const ADDRESS: &str = "/account";

/// `account-page`.
#[derive(Template)]
#[template(path = "account.html", config = "src/web/askama.toml")]
struct AccountPage<'a> {
    shell: Shell<'a>,
    name: &'a str,
    username: &'a str,
    email: Option<&'a str>,
    logout_csrf: String,
    end_csrf: String,
    sessions: Vec<SessionLine>,
}

struct SessionLine {
    id: SessionId,
    device: String,
    since: String,
    seen: String,
    address: Option<String>,
    this_one: bool,
}

/// The session somebody wants ended.
pub(super) struct EndSession(SessionId);

impl Form for EndSession {
    const PURPOSE: &'static str = "account-end-session";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        params
            .find("session")
            .map(|id| Self(SessionId::new(id)))
            .ok_or_else(|| ErrorPage::bad_request("It does not say which session to end."))
    }
}

/// The page; somebody who is not signed in signs in first.
pub(super) async fn show(
    State(state): State<LoginState>,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let known = match &visitor.0 {
        Some(lease) => state
            .directory
            .person(&lease.user)
            .await?
            .map(|user| (user, lease)),
        None => None,
    };
    let now = state.clock.now();
    let Some((user, lease)) = known else {
        let home = OwnPath::parse(ADDRESS).unwrap_or_else(OwnPath::root);
        return Ok(see_other(&state.flow.begin(&Interaction::new(home, now))?));
    };
    let sessions = state.store.list_sessions(&user.id).await?;
    let page = Page::render(&AccountPage {
        shell: state.kit.shell(),
        name: if user.name.is_empty() {
            &user.username
        } else {
            &user.name
        },
        username: &user.username,
        email: user.email.as_deref(),
        logout_csrf: browser.token(&state.kit, SignOut::PURPOSE),
        end_csrf: browser.token(&state.kit, EndSession::PURPOSE),
        sessions: sessions
            .into_iter()
            .filter(|session| alive(session, state.sessions.settings(), now))
            .map(|session| line(session, &lease.session, now))
            .collect(),
    })?;
    Ok(page.into_response())
}

/// Ends one session of the person's own; any other is nobody's.
pub(super) async fn end_session(
    State(state): State<LoginState>,
    inbound: Inbound,
    visitor: Visitor,
    Posted {
        form: EndSession(id),
        ..
    }: Posted<EndSession>,
) -> Result<Response, ErrorPage> {
    let Some(lease) = &visitor.0 else {
        return Ok(see_other(ADDRESS));
    };
    let own = state.store.list_sessions(&lease.user).await?;
    if own.iter().any(|session| session.id == id) {
        state.sessions.end(&id).await?;
        let event = Event {
            kind: AuditKind::Logout,
            ok: true,
            reason: "ended_from_account",
            user: Some(&lease.user),
            session: Some(&id),
        };
        record(&state, &inbound, event);
        return Ok(see_other(ADDRESS));
    }
    // Pressed twice: theirs, and over. Anybody else's is as good as none.
    let ended = state.store.load_session(&id).await?;
    if ended.is_some_and(|session| session.user == lease.user) {
        return Ok(see_other(ADDRESS));
    }
    Err(ErrorPage::not_found())
}

fn alive(session: &Session, settings: &SessionSettings, now: Timestamp) -> bool {
    now.since(session.last_seen) < settings.idle && now.since(session.created) < settings.max
}

fn line(session: Session, here: &SessionId, now: Timestamp) -> SessionLine {
    SessionLine {
        this_one: session.id == *here,
        device: words::device(&session.device.user_agent),
        since: words::ago(session.created, now),
        seen: words::ago(session.last_seen, now),
        address: session.device.address.map(|address| address.to_string()),
        id: session.id,
    }
}
