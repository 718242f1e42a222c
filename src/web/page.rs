//! Pages as answers, and pages as bytes for the gateway, which serves some on protected hosts.

use askama::Template;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::headers::{Allowed, FrameSources, protect_page};
use super::{ErrorPage, FormTarget, Kit, Shell};
use crate::base::RequestId;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An HTML page of the site.
#[derive(Debug)]
pub struct Page {
    status: StatusCode,
    html: String,
    target: Option<FormTarget>,
    frames: Option<FrameSources>,
    formless: bool,
}

impl Page {
    /// Renders `template`.
    pub fn render(template: &impl Template) -> Result<Self, ErrorPage> {
        Ok(Self {
            status: StatusCode::OK,
            html: template
                .render()
                .map_err(|cause| ErrorPage::internal(&cause.to_string()))?,
            target: None,
            frames: None,
            formless: false,
        })
    }

    /// With another status than 200.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets the redirects after this page's form lead to `target` too.
    #[must_use]
    pub fn form_target(mut self, target: Option<FormTarget>) -> Self {
        self.target = target;
        self
    }

    /// A page without a form of ours: nothing of its address is told to anybody.
    #[must_use]
    pub fn formless(mut self, frames: Option<FrameSources>) -> Self {
        self.frames = frames;
        self.formless = true;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        // `no-referrer` would make browsers send `Origin: null` with the page's own forms (Fetch,
        // "append a request `Origin` header"), which is refused. This one tells the origin only.
        let policy = HeaderValue::from_static(if self.formless {
            "no-referrer"
        } else {
            "strict-origin"
        });
        let mut response = (
            self.status,
            [(CONTENT_TYPE, HTML), (REFERRER_POLICY, policy)],
            self.html,
        )
            .into_response();
        if let Some(target) = self.target {
            response.extensions_mut().insert(target);
        }
        if let Some(frames) = self.frames {
            response.extensions_mut().insert(frames);
        }
        response
    }
}

#[derive(Template)]
#[template(path = "error.html", config = "src/web/askama.toml")]
struct ErrorTemplate<'a> {
    shell: Shell<'a>,
    error: &'a ErrorPage,
    request_id: &'a str,
}

/// Body and media type of an error: a page for people, JSON for programs.
pub(super) fn error_body(
    shell: Shell<'_>,
    error: &ErrorPage,
    request_id: &RequestId,
    navigation: bool,
) -> (HeaderValue, String) {
    let template = ErrorTemplate {
        shell,
        error,
        request_id: request_id.as_str(),
    };
    if let (true, Ok(html)) = (navigation, template.render()) {
        return (HTML, html);
    }
    let body = json!({
        "error": error.code(),
        "error_description": error.happened(),
        "request_id": request_id,
    });
    (JSON, body.to_string())
}

/// An error as the gateway answers it on a protected host.
pub fn render_error(
    kit: &Kit,
    error: &ErrorPage,
    request_id: &RequestId,
    navigation: bool,
) -> (StatusCode, HeaderMap, Bytes) {
    let (kind, body) = error_body(kit.shell_elsewhere(), error, request_id, navigation);
    let mut headers = elsewhere(kit, kind);
    if let Some(seconds) = error.retry_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    (error.status(), headers, body.into())
}

/// Why somebody who is signed in may not pass.
#[derive(Clone, Debug)]
pub struct Denied<'a> {
    /// The host they wanted.
    pub host: &'a str,
    /// Who they are signed in as, for display.
    pub who: Option<&'a str>,
    /// Why, in a sentence for people.
    pub why: &'a str,
    /// What the people who run the site have to say about it.
    pub tell: Option<&'a str>,
    /// The same for programs, from a closed list such as `not_in_group`.
    pub reason: &'a str,
    /// Where another account can be chosen, where one might help.
    pub switch_url: Option<&'a str>,
    /// Where they can sign out.
    pub logout_url: &'a str,
}

#[derive(Template)]
#[template(path = "denied.html", config = "src/web/askama.toml")]
struct DeniedTemplate<'a> {
    shell: Shell<'a>,
    denied: &'a Denied<'a>,
    request_id: &'a str,
}

/// A denial (403) as the gateway answers it on a protected host.
pub fn render_denied(
    kit: &Kit,
    denied: &Denied<'_>,
    request_id: &RequestId,
    navigation: bool,
) -> (StatusCode, HeaderMap, Bytes) {
    let template = DeniedTemplate {
        shell: kit.shell_elsewhere(),
        denied,
        request_id: request_id.as_str(),
    };
    if let (true, Ok(html)) = (navigation, template.render()) {
        return (StatusCode::FORBIDDEN, elsewhere(kit, HTML), html.into());
    }
    let body = json!({
        "error": "access_denied",
        "error_description": denied.why,
        "reason": denied.reason,
        "tell": denied.tell,
        "request_id": request_id,
    });
    (
        StatusCode::FORBIDDEN,
        elsewhere(kit, JSON),
        body.to_string().into(),
    )
}

fn elsewhere(kit: &Kit, kind: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, kind);
    protect_page(&mut headers, kit.origin(), Allowed::default());
    headers
}
