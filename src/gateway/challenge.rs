//! What a request gets that may not pass: a way to sign in, or a plain no.
//!
//! Navigations are redirected or get a page; everything else gets a status and JSON, because a
//! script, a WebSocket or a version-control client can do nothing with a sign-in page.

use std::fmt::Write as _;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;

use super::answer::Answer;
use super::settings::OnAnonymous;
use crate::base::RequestId;
use crate::model::Acr;
use crate::policy::SignInNeeds;
use crate::web::navigation::is_navigation;

/// Whether an anonymous request is sent to the sign-in page.
pub fn redirects(on_anonymous: OnAnonymous, method: &Method, headers: &HeaderMap) -> bool {
    // A redirect would lose the body of anything else, and a person typed none of it in.
    let page = matches!(*method, Method::GET | Method::HEAD);
    match on_anonymous {
        OnAnonymous::Auto => page && is_navigation(headers),
        // A form that is sent with a dead session is answered by the page that can save it.
        OnAnonymous::Redirect => true,
        OnAnonymous::Unauthorized => false,
    }
}

/// Whether an anonymous request that is not redirected gets a page: a person sent a form, and can do
/// nothing with JSON.
pub fn shows_page(on_anonymous: OnAnonymous, headers: &HeaderMap) -> bool {
    on_anonymous == OnAnonymous::Auto && is_navigation(headers)
}

/// 302 to the sign-in page, or wherever it begins.
pub fn redirect(location: &str, cookies: &[String]) -> Option<Answer> {
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, HeaderValue::from_str(location).ok()?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        VARY,
        HeaderValue::from_static("Cookie, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept"),
    );
    for cookie in cookies {
        headers.append(SET_COOKIE, HeaderValue::from_str(cookie).ok()?);
    }
    Some(Answer {
        status: StatusCode::FOUND,
        headers,
        body: bytes::Bytes::new(),
    })
}

/// A scheme that no browser asks a password for.
pub const SCHEME: HeaderValue = HeaderValue::from_static("Doorward");

/// 401 in JSON.
pub fn unauthorized(request: &RequestId, sign_in: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(WWW_AUTHENTICATE, SCHEME);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = json!({
        "error": "login_required",
        "error_description": "Nobody is signed in.",
        "login_url": sign_in,
        "request_id": request,
    });
    Answer {
        status: StatusCode::UNAUTHORIZED,
        headers,
        body: body.to_string().into(),
    }
}

/// 401 for somebody who is signed in, and has to prove more (RFC 9470 3).
pub fn insufficient(request: &RequestId, needs: &SignInNeeds, sign_in: &str) -> Answer {
    let mut answer = unauthorized(request, sign_in);
    answer
        .headers
        .insert(WWW_AUTHENTICATE, insufficient_header(needs));
    let body = json!({
        "error": "insufficient_user_authentication",
        "error_description": "A stronger or newer sign-in is needed.",
        "acr_values": needs.acr.map(Acr::as_str),
        "max_age": needs.max_age.map(|span| span.as_secs()),
        "login_url": sign_in,
        "request_id": request,
    });
    answer.body = body.to_string().into();
    answer
}

/// The challenge itself.
pub fn insufficient_header(needs: &SignInNeeds) -> HeaderValue {
    let mut text = "Bearer error=\"insufficient_user_authentication\", \
                    error_description=\"A stronger or newer sign-in is needed\""
        .to_owned();
    if let Some(acr) = needs.acr {
        let _ = write!(text, ", acr_values=\"{}\"", acr.as_str());
    }
    if let Some(span) = needs.max_age {
        let _ = write!(text, ", max_age=\"{}\"", span.as_secs());
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("text/html"));
        headers
    }

    #[test]
    fn only_navigations_are_redirected_by_default() {
        let mut socket = page();
        socket.insert("upgrade", HeaderValue::from_static("websocket"));
        let auto = |method, headers: &HeaderMap| redirects(OnAnonymous::Auto, &method, headers);
        assert!(auto(Method::GET, &page()));
        assert!(!auto(Method::POST, &page()));
        assert!(!auto(Method::GET, &HeaderMap::new()));
        assert!(!auto(Method::GET, &socket));
    }

    #[test]
    fn a_challenge_says_how_strong_and_how_new_a_sign_in_must_be() {
        let needs = SignInNeeds {
            acr: Some(Acr::Two),
            max_age: Some(std::time::Duration::from_mins(15)),
            reachable: false,
        };
        let said = insufficient_header(&needs);
        let said = said.to_str().unwrap();
        assert!(
            said.starts_with("Bearer error=\"insufficient_user_authentication\""),
            "{said}"
        );
        assert!(
            said.ends_with("acr_values=\"2\", max_age=\"900\""),
            "{said}"
        );
    }

    #[test]
    fn a_route_can_decide_once_for_all() {
        assert!(redirects(
            OnAnonymous::Redirect,
            &Method::GET,
            &HeaderMap::new()
        ));
        assert!(!redirects(OnAnonymous::Unauthorized, &Method::GET, &page()));
    }
}
