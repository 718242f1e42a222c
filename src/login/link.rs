//! `/login/link`: a one-time link from an operator lets a person choose a password.
//!
//! Looking at the page uses nothing up, so a mail scanner cannot burn the link; sending the form
//! does, in one statement.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::asked::Asked;
use super::device::Device;
use super::enter::{Entry, enter, overtaken};
use super::method::password;
use super::page::{Alert, PasswordPage};
use super::state::LoginState;
use crate::base::opaque::SignInLink;
use crate::base::{Opaque, Secret};
use crate::identity::Busy;
use crate::identity::passwords::{HashError, MAX_PASSWORD};
use crate::model::{FoundLink, Login, LoginMethod, Proven, Tenant, User};
use crate::web::{
    Browser, ErrorPage, Form, Inbound, Page, Params, Posted, Query, Visitor, see_other,
};

/// How long somebody has who must choose another password in the middle of signing in.
const CHANGE: Duration = Duration::from_mins(10);
const ADDRESS: &str = "/login/link";

/// The password somebody chose.
pub(super) struct Chosen(Secret<String>);

impl Form for Chosen {
    const PURPOSE: &'static str = "choose-password";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        let password = params.find("password").unwrap_or_default();
        Ok(Self(Secret::new(password.to_owned())))
    }
}

/// The page on which a password is chosen.
pub(super) async fn show(
    State(state): State<LoginState>,
    Query(query): Query,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let link = Link::read(&state, &query).await?;
    Ok(link.page(&state, &browser, None)?.into_response())
}

/// A password was chosen.
pub(super) async fn submit(
    State(state): State<LoginState>,
    inbound: Inbound,
    Query(query): Query,
    visitor: Visitor,
    device: Device,
    Posted { form, browser }: Posted<Chosen>,
) -> Result<Response, ErrorPage> {
    let link = Link::read(&state, &query).await?;
    let Chosen(chosen) = form;
    if let Some(alert) = objection(
        chosen.expose_secret(),
        &link.user,
        state.settings.password_min_length,
    ) {
        let page = link.page(&state, &browser, Some(&alert))?;
        return Ok(page
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    let phc = match state.passwords.hash(chosen).await {
        Ok(phc) => phc,
        Err(HashError::Busy(Busy { retry_after })) => {
            return Err(ErrorPage::unavailable(retry_after).link("Try again", link.address()));
        }
        Err(HashError::Rng(failed)) => return Err(failed.into()),
        Err(HashError::TooLong) => return Err(ErrorPage::too_large()),
    };
    let now = state.clock.now();
    // From here on the link is used up, and whoever knew the old password is out; of twenty sent at
    // once, one gets past this.
    let (user, epoch) = state
        .store
        .choose_password(&link.token.hash(), phc, now)
        .await?
        .ok_or_else(dead)?;
    let proven = Proven {
        user,
        epoch,
        amr: vec![link.method.amr()],
        at: now,
    };
    let entry = Entry {
        proven: &proven,
        method: "link",
        before: &visitor,
        device: &device,
        resume: &link.asked.interaction.resume,
    };
    enter(&state, &inbound, entry).await?.ok_or_else(dead)
}

/// Sends somebody who has just typed the right password on to choose another one. `None` when it
/// stopped being right while it was being checked.
pub(super) async fn send_to(
    state: &LoginState,
    inbound: &Inbound,
    asked: &Asked,
    proven: &Proven,
) -> Result<Option<Response>, ErrorPage> {
    let token = Opaque::mint(&state.rng)?;
    let (user, expires) = (&proven.user, state.clock.now().plus(CHANGE));
    let sent = state
        .store
        .insert_change_link(&token.hash(), user, proven.epoch, expires)
        .await?;
    if !sent {
        overtaken(state, inbound, password::NAME, user);
    }
    Ok(sent.then(|| see_other(&address(asked, &token))))
}

/// A link that works, and what it is for.
struct Link {
    token: Opaque<SignInLink>,
    user: Arc<User>,
    method: LoginMethod,
    asked: Asked,
}

impl Link {
    async fn read(state: &LoginState, query: &Params) -> Result<Self, ErrorPage> {
        let now = state.clock.now();
        let asked = Asked::read(query, &state.flow, now)?;
        let wearer = asked.wearer();
        let found = Self::find(state, query, asked).await;
        found.map_err(|error| error.worn(&wearer))
    }

    async fn find(state: &LoginState, query: &Params, asked: Asked) -> Result<Self, ErrorPage> {
        let now = state.clock.now();
        let token = query
            .find("token")
            .and_then(Opaque::parse)
            .ok_or_else(dead)?;
        let found = state.store.find_sign_in_link(&token.hash(), now).await?;
        let FoundLink { user, proven } = found.ok_or_else(dead)?;
        let user = state.directory.person(&user).await?;
        let user = user.filter(|user| !user.disabled).ok_or_else(dead)?;
        // A link that somebody got for the right password is the second half of that way in.
        let method = if proven {
            LoginMethod::Password
        } else {
            LoginMethod::OneTimeLink
        };
        if let Some(tenant) = asked.closed_to(state, method) {
            return Err(no_way_in(tenant));
        }
        Ok(Self {
            token,
            user,
            method,
            asked,
        })
    }

    fn address(&self) -> String {
        address(&self.asked, &self.token)
    }

    fn page(
        &self,
        state: &LoginState,
        browser: &Browser,
        alert: Option<&Alert>,
    ) -> Result<Page, ErrorPage> {
        let page = Page::render(&PasswordPage {
            shell: self.asked.shell(state),
            action: &self.address(),
            csrf: browser.token(&state.kit, Chosen::PURPOSE),
            who: &self.user.username,
            alert,
            shortest: state.settings.password_min_length,
        })?;
        Ok(page.form_target(self.asked.form_target()))
    }
}

/// The page's own address; both values are base64url text.
fn address(asked: &Asked, token: &Opaque<SignInLink>) -> String {
    let base = asked.address(ADDRESS);
    let joint = if asked.by_an_app() { '&' } else { '?' };
    format!("{base}{joint}token={}", token.reveal())
}

/// Why a password cannot be taken.
fn objection(password: &str, user: &User, shortest: usize) -> Option<Alert> {
    let text = if password.chars().count() < shortest {
        format!("It has fewer than {shortest} characters.")
    } else if password.len() > MAX_PASSWORD {
        format!("It has more than {MAX_PASSWORD} bytes.")
    } else if names(user).any(|name| Login::parse(password).as_ref() == Some(&name)) {
        "It is your user name or e-mail address, which is the first thing anybody tries.".to_owned()
    } else {
        return None;
    };
    Some(Alert {
        title: "Choose another password".to_owned(),
        text,
    })
}

fn names(user: &User) -> impl Iterator<Item = Login> {
    let email = user.email.as_deref().and_then(Login::parse);
    [user.login.clone()].into_iter().chain(email)
}

/// The link is good, but not for what was asked; it is not used up.
fn no_way_in(tenant: &Tenant) -> ErrorPage {
    ErrorPage::new(
        StatusCode::FORBIDDEN,
        "method_not_allowed_here",
        format!("{} takes no links", tenant.name),
        format!("Its people sign in with {}.", tenant.ways()),
    )
    .advice("Go back to the app you wanted to open and sign in from there.")
}

/// One answer for a link that is used, too old, misspelt or somebody's who is disabled.
fn dead() -> ErrorPage {
    ErrorPage::new(
        StatusCode::GONE,
        "link_expired",
        "This link does not work any more",
        "It was used already, or it is too old, or a part of it is missing.",
    )
    .advice("Ask the people who run this site for a new one.")
    .link("Sign in with a password", "/login")
}
