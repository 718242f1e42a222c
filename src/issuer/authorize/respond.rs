//! The answer to a client: back to its redirect URI, with `state` as it came and `iss` so that it
//! knows who answered (RFC 9207).

use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use super::target::RedirectTarget;
use crate::issuer::Issuer;
use crate::issuer::error::AuthorizeError;
use crate::web::ErrorPage;

/// A code.
pub fn code(issuer: &Issuer, target: &RedirectTarget, state: Option<&str>, code: &str) -> Response {
    redirect(issuer, target, state, &[("code", code)])
}

/// An error.
pub fn error(
    issuer: &Issuer,
    target: &RedirectTarget,
    state: Option<&str>,
    error: AuthorizeError,
) -> Response {
    redirect(
        issuer,
        target,
        state,
        &[
            ("error", error.code),
            ("error_description", error.description),
        ],
    )
}

/// 303: a posted form is not sent on (RFC 9700 4.12).
fn redirect(
    issuer: &Issuer,
    target: &RedirectTarget,
    state: Option<&str>,
    answer: &[(&str, &str)],
) -> Response {
    let mut response = answer.to_vec();
    if let Some(state) = state {
        response.push(("state", state));
    }
    response.push(("iss", issuer.url()));
    match HeaderValue::from_str(&target.with_query(&response)) {
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
