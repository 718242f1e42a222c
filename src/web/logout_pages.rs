//! The pages of signing out, which more than one door shows.

use askama::Template;

use super::{ErrorPage, Page, Shell};

/// Asks whether to sign out (`logout-confirm-page`). Its form is posted to `action`.
#[derive(Template)]
#[template(path = "logout.html", config = "src/web/askama.toml")]
pub struct LogoutConfirmPage<'a> {
    /// The page around it.
    pub shell: Shell<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// The form's token.
    pub csrf: String,
    /// More hidden fields.
    pub fields: Vec<(&'a str, &'a str)>,
    /// Which app asks.
    pub app: Option<&'a str>,
    /// Who is signed in, for display.
    pub who: Option<&'a str>,
    /// Where somebody goes who would rather stay.
    pub stay: Option<&'a str>,
}

impl LogoutConfirmPage<'_> {
    /// As an answer.
    pub fn page(&self) -> Result<Page, ErrorPage> {
        Page::render(self)
    }
}

/// Says that nobody is signed in any more (`logged-out`).
#[derive(Template)]
#[template(path = "logged_out.html", config = "src/web/askama.toml")]
pub struct LoggedOutPage<'a> {
    /// The page around it.
    pub shell: Shell<'a>,
}

impl LoggedOutPage<'_> {
    /// As an answer.
    pub fn page(&self) -> Result<Page, ErrorPage> {
        Page::render(self)
    }
}
