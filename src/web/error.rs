//! What went wrong, for people: the title, what happened, what to do. Turned into a page or into
//! JSON by the site's outer layer, which knows who asked and under which request id.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::Wearer;
use crate::session::SessionError;
use crate::store::StoreError;

/// When trying again is worth while after the store did not answer.
const STORE_PAUSE: Duration = Duration::from_secs(2);

/// An answer that says no. Holds no secret and nothing a visitor may not read.
#[derive(Clone, Debug)]
pub struct ErrorPage(Box<Content>);

#[derive(Clone, Debug)]
struct Content {
    status: StatusCode,
    code: Cow<'static, str>,
    title: Cow<'static, str>,
    happened: Cow<'static, str>,
    advice: Option<Cow<'static, str>>,
    link: Option<(String, String)>,
    retry_after: Option<Duration>,
    wearer: Option<Wearer>,
}

impl ErrorPage {
    /// `code` is a word for programs (an OAuth error name where there is one); `happened` is a
    /// sentence for people.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        happened: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Content {
            status,
            code: code.into(),
            title: title.into(),
            happened: happened.into(),
            advice: None,
            link: None,
            retry_after: None,
            wearer: None,
        }))
    }

    /// Says what the person can do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Offers a way on; `href` is one of our own URLs, never one that a request named.
    #[must_use]
    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.0.link = Some((label.into(), href.into()));
        self
    }

    /// Asks to come back later (`Retry-After`, in whole seconds, at least one).
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// With the look of whoever's page it would have been, unless it has one already.
    #[must_use]
    pub fn worn(mut self, wearer: &Wearer) -> Self {
        self.0.wearer.get_or_insert_with(|| wearer.clone());
        self
    }

    /// A request that makes no sense.
    pub fn bad_request(happened: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "This request cannot be read",
            happened,
        )
        .advice("Go back to the app you came from and try again.")
    }

    /// A form that did not come from our own page in this browser.
    pub fn forbidden_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "form_refused",
            "This form was not accepted",
            "It did not come from a page that this browser opened here, or its cookie was lost in \
             between.",
        )
        .advice("Allow cookies for this site, open the page again and send the form once more.")
    }

    /// No such page.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here",
            "No page has this address.",
        )
        .advice("Check the address, or start again from the app you wanted to open.")
    }

    /// The page exists, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This cannot be done here",
            "The address does not take this kind of request.",
        )
    }

    /// More than we read.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "That was too much",
            "The form holds more than can be sent here.",
        )
    }

    /// Not a form.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "This form cannot be read",
            "It was not sent as application/x-www-form-urlencoded.",
        )
    }

    /// Too many attempts.
    pub fn too_many_requests(after: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many attempts",
            "There were too many attempts in a short time.",
        )
        .advice(format!("Wait {}, then try again.", wait_in_words(after)))
        .retry_after(after)
    }

    /// Busy, or the database is away: nothing was lost, trying again helps.
    pub fn unavailable(after: Duration) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "Busy right now",
            "This could not be done at the moment. Nothing was changed.",
        )
        .advice(format!("Wait {}, then try again.", wait_in_words(after)))
        .retry_after(after)
    }

    /// A fault of ours. `cause` is logged, never shown.
    pub fn internal(cause: &str) -> Self {
        tracing::error!(cause, "a page could not be made");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "Something went wrong here",
            "The fault is on this side and was written down.",
        )
        .advice("Try again. If it happens again, tell the people who run this site the request id.")
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The word for programs.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The heading.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What happened, in a sentence.
    pub fn happened(&self) -> &str {
        &self.0.happened
    }

    /// What to do, where there is something.
    pub fn advised(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The way on: label and URL.
    pub fn way_on(&self) -> Option<(&str, &str)> {
        self.0
            .link
            .as_ref()
            .map(|(label, href)| (&**label, &**href))
    }

    /// Whose look it has.
    pub(super) fn wearer(&self) -> &Wearer {
        const SITE: &Wearer = &Wearer {
            issuer: None,
            tenant: None,
        };
        self.0.wearer.as_ref().unwrap_or(SITE)
    }

    /// The value of `Retry-After`.
    pub fn retry_seconds(&self) -> Option<u64> {
        self.0.retry_after.map(whole_seconds)
    }
}

impl From<crate::base::RngFailed> for ErrorPage {
    fn from(failed: crate::base::RngFailed) -> Self {
        Self::internal(&failed.to_string())
    }
}

impl From<StoreError> for ErrorPage {
    fn from(failed: StoreError) -> Self {
        match failed {
            StoreError::Unavailable(_) | StoreError::Full => {
                tracing::warn!(cause = %failed, "the store did not answer");
                Self::unavailable(STORE_PAUSE)
            }
            StoreError::Conflict(_)
            | StoreError::Corrupt(_)
            | StoreError::File { .. }
            | StoreError::Opening { .. }
            | StoreError::NotADatabase
            | StoreError::Url
            | StoreError::Migration(_)
            | StoreError::Rng(_) => Self::internal(&failed.to_string()),
        }
    }
}

impl From<SessionError> for ErrorPage {
    fn from(failed: SessionError) -> Self {
        match failed {
            SessionError::Store(failed) => failed.into(),
            SessionError::Rng(failed) => failed.into(),
        }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_seconds() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Rounded up, at least one: a client that waits this long is not early.
fn whole_seconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis().div_ceil(1000))
        .unwrap_or(u64::MAX)
        .max(1)
}

fn wait_in_words(span: Duration) -> String {
    match whole_seconds(span) {
        0..=10 => "a few seconds".to_owned(),
        11..=90 => "a minute".to_owned(),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
