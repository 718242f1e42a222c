//! The pages of signing out, which more than one door shows.

use askama::Template;

use super::{ErrorPage, FormTarget, FrameSources, Page, Shell};

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

/// Says that nobody is signed in any more (`logged-out`), and lets the browser tell the apps that
/// want to hear it that way (OpenID Connect Front-Channel Logout 3).
#[derive(Template)]
#[template(path = "logged_out.html", config = "src/web/askama.toml")]
pub struct LoggedOutPage<'a> {
    /// The page around it.
    pub shell: Shell<'a>,
    /// Addresses that are loaded unseen.
    pub frames: Vec<String>,
    /// Where it goes from here.
    pub onward: Option<Onward<'a>>,
}

/// Where the browser goes, or may go, after a logout.
#[derive(Clone, Copy, Debug)]
pub struct Onward<'a> {
    /// A registered address.
    pub uri: &'a str,
    /// Whose, for display.
    pub app: Option<&'a str>,
    /// Whether it goes there without being asked, when the frames have been loaded or have had their
    /// time; else there is a link.
    pub by_itself: bool,
}

impl<'a> LoggedOutPage<'a> {
    /// Without frames, and the end of the way.
    pub const fn plain(shell: Shell<'a>) -> Self {
        Self {
            shell,
            frames: Vec::new(),
            onward: None,
        }
    }

    /// As an answer.
    pub fn page(&self) -> Result<Page, ErrorPage> {
        let frames = FrameSources::covering(&self.frames);
        // On the way to an app the page keeps its opener, as others do.
        let target = FormTarget::covering(self.onward.map(|onward| onward.uri));
        Ok(Page::render(self)?.form_target(target).formless(frames))
    }
}
