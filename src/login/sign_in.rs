//! `/login`: asks who it is, and lets in whoever proves it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::asked::Asked;
use super::device::Device;
use super::enter::{Entry, enter};
use super::link;
use super::method::password::{self, Outcome};
use super::page::{Alert, LoginPage};
use super::state::LoginState;
use crate::base::Secret;
use crate::base::text::span_words;
use crate::flow::OwnPath;
use crate::model::{Login, LoginMethod, Tenant, User};
use crate::web::{
    Browser, ErrorPage, Form, Inbound, Page, Params, Posted, Query, Visitor, see_other,
};

/// What somebody typed.
pub(super) struct Credentials {
    username: String,
    password: Secret<String>,
}

impl Form for Credentials {
    const PURPOSE: &'static str = "login";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        let username = params.find("username").unwrap_or_default().trim();
        let password = params.find("password").unwrap_or_default();
        Ok(Self {
            username: username.to_owned(),
            password: Secret::new(password.to_owned()),
        })
    }
}

/// The sign-in page.
pub(super) async fn show(
    State(state): State<LoginState>,
    Query(query): Query,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let asked = Asked::read(&query, &state.flow, state.clock.now())?;
    let switch = query.has("switch");
    let known = match &visitor.0 {
        Some(lease) if !switch => state.directory.person(&lease.user).await?,
        Some(_) | None => None,
    };
    if known.is_some() && !asked.by_an_app() {
        return Ok(see_other(asked.interaction.resume.as_str()));
    }
    let shown = Shown::first(&asked, known.as_deref());
    let by = visitor.0.as_deref().map_or(&[][..], |lease| &lease.amr);
    let other_way = asked.tenant(&state).filter(|tenant| !tenant.takes(by));
    Ok(Shown {
        demands: other_way.filter(|_| !by.is_empty()),
        ..shown
    }
    .page(&state, &browser)?
    .into_response())
}

/// An attempt.
pub(super) async fn submit(
    State(state): State<LoginState>,
    inbound: Inbound,
    Query(query): Query,
    visitor: Visitor,
    device: Device,
    Posted { form, browser }: Posted<Credentials>,
) -> Result<Response, ErrorPage> {
    let asked = Asked::read(&query, &state.flow, state.clock.now())?;
    let at = Door {
        state: &state,
        inbound: &inbound,
        visitor: &visitor,
        device: &device,
        browser: &browser,
    };
    let tried = at.attempt(&asked, form).await;
    tried.map_err(|error| error.worn(&asked.wearer()))
}

/// An attempt's surroundings.
struct Door<'a> {
    state: &'a LoginState,
    inbound: &'a Inbound,
    visitor: &'a Visitor,
    device: &'a Device,
    browser: &'a Browser,
}

impl Door<'_> {
    async fn attempt(&self, asked: &Asked, form: Credentials) -> Result<Response, ErrorPage> {
        let Self {
            state,
            inbound,
            visitor,
            device,
            browser,
        } = *self;
        let Credentials { username, password } = form;
        if asked.closed_to(state, LoginMethod::Password).is_some() {
            // Not tried: whether it is right is nobody's to learn here.
            password::closed(state, inbound);
            return refused(state, browser, asked, "", &Refusal::Closed);
        }
        if username.is_empty() || password.expose_secret().is_empty() {
            return refused(state, browser, asked, &username, &Refusal::Incomplete);
        }
        let tried = password::Attempt {
            inbound,
            device,
            typed: &username,
        };
        let refusal = match tried.with(state, password).await? {
            Outcome::Proven(proven) => {
                let entry = Entry {
                    proven: &proven,
                    method: password::NAME,
                    before: visitor,
                    device,
                    resume: &asked.interaction.resume,
                };
                match enter(state, inbound, entry).await? {
                    Some(entered) => return Ok(entered),
                    None => Refusal::Wrong,
                }
            }
            Outcome::MustChange(proven) => {
                match link::send_to(state, inbound, asked, &proven).await? {
                    Some(sent) => return Ok(sent),
                    None => Refusal::Wrong,
                }
            }
            Outcome::Wrong => Refusal::Wrong,
            Outcome::Throttled(wait) => Refusal::Later(ErrorPage::too_many_requests(wait)),
            Outcome::Busy(wait) => Refusal::Later(ErrorPage::unavailable(wait)),
        };
        refused(state, browser, asked, &username, &refusal)
    }
}

enum Refusal {
    /// By the tenant that somebody signs in for.
    Closed,
    Incomplete,
    Wrong,
    Later(ErrorPage),
}

impl Refusal {
    fn alert(&self) -> Alert {
        match self {
            Self::Closed => Alert {
                title: "That is not a way in here".to_owned(),
                text: "The password was not looked at.".to_owned(),
            },
            Self::Incomplete => Alert {
                title: "Something is missing".to_owned(),
                text: "Type your user name or e-mail address, and your password.".to_owned(),
            },
            Self::Wrong => Alert {
                title: "That did not work".to_owned(),
                text: "The user name or the password is not right. Check both and try again."
                    .to_owned(),
            },
            Self::Later(error) => Alert {
                title: error.title().to_owned(),
                text: error.advised().unwrap_or_default().to_owned(),
            },
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Incomplete | Self::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Closed => StatusCode::FORBIDDEN,
            Self::Later(error) => error.status(),
        }
    }
}

/// The page again. Depends on what was typed and on `refusal` alone: whether the user exists, or
/// is disabled, changes nothing in it.
fn refused(
    state: &LoginState,
    browser: &Browser,
    asked: &Asked,
    username: &str,
    refusal: &Refusal,
) -> Result<Response, ErrorPage> {
    let alert = refusal.alert();
    let shown = Shown {
        alert: Some(&alert),
        mistaken: matches!(refusal, Refusal::Incomplete | Refusal::Wrong),
        username: if username.len() <= Login::MAX {
            username
        } else {
            ""
        },
        ..Shown::first(asked, None)
    };
    let page = shown.page(state, browser)?.status(refusal.status());
    let mut response = page.into_response();
    if let Refusal::Later(error) = refusal {
        let wait = error.retry_seconds().map(HeaderValue::from);
        response
            .headers_mut()
            .extend(wait.map(|wait| (RETRY_AFTER, wait)));
    }
    Ok(response)
}

struct Shown<'a> {
    asked: &'a Asked,
    alert: Option<&'a Alert>,
    mistaken: bool,
    username: &'a str,
    signed_in: Option<&'a str>,
    /// The tenant that does not take the way in which the person is signed in.
    demands: Option<&'a Tenant>,
}

impl<'a> Shown<'a> {
    fn first(asked: &'a Asked, known: Option<&'a User>) -> Self {
        let known = known.map(|user| &*user.username);
        let again = asked.interaction.again;
        let hint = asked.interaction.login_hint.as_deref();
        Self {
            asked,
            alert: None,
            mistaken: false,
            username: known.filter(|_| again).or(hint).unwrap_or_default(),
            signed_in: known.filter(|_| !again),
            demands: None,
        }
    }

    fn page(&self, state: &LoginState, browser: &Browser) -> Result<Page, ErrorPage> {
        let interaction = &self.asked.interaction;
        let closed = self.asked.closed_to(state, LoginMethod::Password);
        let page = Page::render(&LoginPage {
            shell: self.asked.shell(state),
            action: &self.asked.address("/login"),
            csrf: browser.token(&state.kit, Credentials::PURPOSE),
            app: interaction.app.as_deref(),
            links: &interaction.links,
            app_host: self.asked.app_host().as_deref(),
            again: interaction.again,
            within: interaction.within.map(span_words),
            alert: self.alert,
            mistaken: self.mistaken,
            username: self.username,
            signed_in: self.signed_in,
            demands: self.demands,
            closed,
            resume: interaction.resume.as_str(),
            cancel: interaction.cancel.as_ref().map(OwnPath::as_str),
        })?;
        Ok(page.form_target(self.asked.form_target()))
    }
}
