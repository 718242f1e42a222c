//! The answer to a client: back to its redirect URI, with `state` as it came and `iss` so that it
//! knows who answered (RFC 9207), or all of it as one signed JWT (JARM). An error for a client that
//! nobody invited goes there when somebody has signed in, or says so: or whoever registers one could
//! send people anywhere by links that begin here (RFC 9700 4.11.2).

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use super::mode::{Carrier, ResponseMode};
use super::request::Fault;
use super::target::RedirectTarget;
use crate::base::{SessionId, TenantId};
use crate::issuer::check_session;
use crate::issuer::state::At;
use crate::model::Client;
use crate::tokens::{Issued, TokenError};
use crate::web::{ErrorPage, Page, Shell};

/// Where an answer goes, and how.
pub struct Reply<'a> {
    /// Who answers.
    pub at: &'a At,
    /// To whom.
    pub client: &'a Client,
    /// To which of its addresses.
    pub target: &'a RedirectTarget,
    /// Whose look a page on the way has.
    pub tenant: Option<&'a TenantId>,
    /// In which form.
    pub mode: ResponseMode,
    /// Given back untouched.
    pub state: Option<&'a str>,
}

impl Reply<'_> {
    /// What the client asked for.
    pub fn success(&self, issued: &Issued, session: &SessionId) -> Response {
        let expires_in = issued.expires_in.as_secs().to_string();
        let mut answer = Vec::new();
        if let Some(code) = &issued.code {
            answer.push(("code", code.as_str()));
        }
        if let Some(token) = &issued.access_token {
            answer.extend([
                ("access_token", token.as_str()),
                ("token_type", "Bearer"),
                ("expires_in", &expires_in),
            ]);
        }
        if let Some(token) = &issued.id_token {
            answer.push(("id_token", token.as_str()));
        }
        let scope = issued.scopes.to_string();
        if issued.access_token.is_some() {
            answer.push(("scope", &scope));
        }
        let watched = check_session::state(self.at, self.client, self.target, session);
        answer.extend(watched.as_deref().map(|state| ("session_state", state)));
        self.send(&answer, None)
    }

    /// An error.
    pub fn error(&self, fault: &Fault) -> Response {
        self.send(&answer_of(fault), None)
    }

    /// The same by a page with a link: the person goes on, and is not sent.
    pub fn offer(&self, fault: &Fault) -> Response {
        self.send(&answer_of(fault), Some(fault))
    }

    fn send(&self, answer: &[(&str, &str)], held: Option<&Fault>) -> Response {
        let mut answer = answer.to_vec();
        if let Some(state) = self.state {
            answer.push(("state", state));
        }
        if !self.mode.signed {
            answer.push(("iss", self.at.issuer.url()));
            return self.carry(answer, held);
        }
        match self.sign(&answer) {
            Ok(jwt) => self.carry(vec![("response", &jwt)], held),
            Err(cause) => ErrorPage::from(cause).into_response(),
        }
    }

    fn carry(&self, answer: Vec<(&str, &str)>, held: Option<&Fault>) -> Response {
        let to = match self.mode.carrier {
            Carrier::Query => self.target.with_query(&answer),
            Carrier::Fragment => self.target.with_fragment(&answer),
            Carrier::FormPost => {
                let by_itself = held.is_none();
                return self.form(answer, by_itself).into_response();
            }
        };
        match held {
            None => redirect(&to),
            Some(fault) => self.hold(&to, fault).into_response(),
        }
    }

    /// Says what is wrong and where the answer goes, and leaves the step to the person.
    fn hold(&self, to: &str, fault: &Fault) -> Result<Page, ErrorPage> {
        let page = Page::render(&Held {
            shell: self.at.shell(self.tenant),
            app: &self.client.name,
            goes_to: &self.target.origin(),
            code: &fault.code,
            description: &fault.description,
            to,
        })?;
        Ok(page.status(StatusCode::BAD_REQUEST))
    }

    /// The whole answer as one JWT (JARM 2.1).
    fn sign(&self, answer: &[(&str, &str)]) -> Result<String, TokenError> {
        let at = self.at;
        at.state
            .tokens
            .sign_answer(at.issuer.terms(), self.client, answer)
    }

    /// OAuth 2.0 Form Post Response Mode 2. Sent by itself where script runs, and by a button where
    /// it does not.
    fn form(&self, answer: Vec<(&str, &str)>, by_itself: bool) -> Result<Page, ErrorPage> {
        let page = Page::render(&FormPost {
            shell: self.at.shell(self.tenant),
            app: &self.client.name,
            goes_to: &self.target.origin(),
            action: self.target.as_str(),
            fields: answer,
            by_itself,
        })?;
        Ok(page.form_target(self.target.form_target(self.client)))
    }
}

#[derive(Template)]
#[template(path = "form_post.html", config = "src/web/askama.toml")]
struct FormPost<'a> {
    shell: Shell<'a>,
    app: &'a str,
    goes_to: &'a str,
    action: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    by_itself: bool,
}

#[derive(Template)]
#[template(path = "held.html", config = "src/web/askama.toml")]
struct Held<'a> {
    shell: Shell<'a>,
    app: &'a str,
    goes_to: &'a str,
    code: &'a str,
    description: &'a str,
    to: &'a str,
}

fn answer_of(fault: &Fault) -> [(&str, &str); 2] {
    [
        ("error", &fault.code),
        ("error_description", &fault.description),
    ]
}

/// 303: a posted form is not sent on (RFC 9700 4.12).
fn redirect(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (
            StatusCode::SEE_OTHER,
            [
                (LOCATION, location),
                (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            ],
        )
            .into_response(),
        Err(_) => ErrorPage::internal("a registered redirect URI holds bytes no header may")
            .into_response(),
    }
}
