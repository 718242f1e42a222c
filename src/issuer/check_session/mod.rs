//! Session management (OpenID Connect Session Management 1.0): an app keeps a frame of ours in its
//! page and asks it now and then whether the person's sign-in is still the one it knows. The frame
//! answers from a cookie, without a request.
//!
//! The one page that others may frame. It shows nothing, takes no click, and says no more than
//! whether what the app was given still fits.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::authorize::target::RedirectTarget;
use super::state::At;
use crate::base::SessionId;
use crate::base::encoding::{base64url, hex, sha256};
use crate::model::Client;
use crate::session::cookie;
use crate::web::{ErrorPage, Framed};

/// The frame's page and its policy.
static FRAME: LazyLock<(String, String)> = LazyLock::new(|| {
    let script = include_str!("frame.js").replace("COOKIE", cookie::STATE);
    let hash = STANDARD.encode(sha256(&script));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Session</title>\
         <script>{script}</script></head><body></body></html>\n"
    );
    // Any site may be an app, so any may frame it.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    (page, policy)
});

/// The frame (`check_session_iframe`).
pub async fn frame() -> Result<Response, ErrorPage> {
    let (page, policy) = &*FRAME;
    let policy = HeaderValue::from_str(policy)
        .map_err(|_| ErrorPage::internal("a policy no header may hold"))?;
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
    ];
    let mut response = (headers, page.as_str()).into_response();
    response.extensions_mut().insert(Framed(policy));
    Ok(response)
}

/// `session_state` of an answer (Session Management 2); `None` where apps may not watch, and for
/// addresses that have no origin to watch from.
pub fn state(
    at: &At,
    client: &Client,
    target: &RedirectTarget,
    session: &SessionId,
) -> Option<String> {
    if !at.issuer.settings().session_management {
        return None;
    }
    let origin = url::Url::parse(target.as_str()).ok()?.origin();
    let salt = base64url(at.state.kit.rng().bytes::<16>().ok()?);
    let browser = at.state.sessions.browser_state(session);
    origin.is_tuple().then(|| {
        hashed([
            client.id.as_str(),
            &origin.ascii_serialization(),
            &browser,
            &salt,
        ])
    })
}

/// The script does the same.
fn hashed(parts: [&str; 4]) -> String {
    let [.., salt] = parts;
    format!("{}.{salt}", hex(sha256(parts.join(" "))))
}
