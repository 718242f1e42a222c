//! The sign-in page, and the page on which a password is chosen.

use askama::Template;

use crate::model::Tenant;
use crate::web::{AppLinks, Shell};

/// What went wrong with the last attempt; takes the focus, so that it is read first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// In a few words.
    pub title: String,
    /// What to do.
    pub text: String,
}

/// `login-page`.
#[derive(Template)]
#[template(path = "login.html", config = "src/web/askama.toml")]
pub(super) struct LoginPage<'a> {
    pub shell: Shell<'a>,
    /// Where the form goes: the page's own address.
    pub action: &'a str,
    pub csrf: String,
    /// Who asks.
    pub app: Option<&'a str>,
    /// What the app shows of itself.
    pub links: &'a AppLinks,
    /// The host of the app that asks.
    pub app_host: Option<&'a str>,
    /// Whether somebody who is signed in has to prove it again.
    pub again: bool,
    /// How old a sign-in may be, in words, where that is why.
    pub within: Option<String>,
    pub alert: Option<&'a Alert>,
    /// Whether the alert is about what was typed.
    pub mistaken: bool,
    pub username: &'a str,
    /// Who is signed in already and may go straight on to `resume`.
    pub signed_in: Option<&'a str>,
    /// Who does not take the way in by which somebody is signed in.
    pub demands: Option<&'a Tenant>,
    /// Who takes no passwords.
    pub closed: Option<&'a Tenant>,
    pub resume: &'a str,
    pub cancel: Option<&'a str>,
}

/// `password-page`.
#[derive(Template)]
#[template(path = "choose_password.html", config = "src/web/askama.toml")]
pub(super) struct PasswordPage<'a> {
    pub shell: Shell<'a>,
    pub action: &'a str,
    pub csrf: String,
    /// Whose password is chosen.
    pub who: &'a str,
    pub alert: Option<&'a Alert>,
    /// The fewest characters.
    pub shortest: usize,
}
