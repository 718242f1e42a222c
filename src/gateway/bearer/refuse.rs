//! What a request gets whose token is not taken (RFC 6750 3, RFC 9449 7.1, RFC 9728 5.1).

use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::metadata;
use crate::base::RequestId;
use crate::gateway::answer::Answer;
use crate::gateway::route::Route;
use crate::gateway::settings::SiteSettings;
use crate::tokens::{TokenError, dpop};

/// Why a token is not taken.
#[derive(Debug)]
pub(in crate::gateway) enum Refused {
    /// It is presented in a way that could be read as two.
    Malformed,
    /// It is not one of ours for this route, or holds no more.
    Token,
    /// It is bound to a key, and no good proof came with it.
    Proof,
    /// It is bound to a certificate that this connection does not have.
    Certificate,
    /// It does not allow this.
    Scope,
    /// It is its client's own, and the route is for people.
    ClientAlone,
    /// The store is needed, and away.
    Unknown(TokenError),
}

impl Refused {
    /// As written to logs and metrics.
    pub(in crate::gateway) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Token => "token_invalid",
            Self::Proof => "token_proof",
            Self::Certificate => "token_certificate",
            Self::Scope => "insufficient_scope",
            Self::ClientAlone => "client_alone",
            Self::Unknown(_) => "store_unavailable",
        }
    }

    const fn error(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Present one access token, in one Authorization header.",
            ),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token is not for this resource, has expired or was revoked.",
            ),
            Self::Certificate => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token is bound to a TLS certificate that this connection does not have.",
            ),
            Self::Proof => (
                StatusCode::UNAUTHORIZED,
                "invalid_dpop_proof",
                "The access token is bound to a key: present it as DPoP, with a fresh proof.",
            ),
            Self::Scope => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The access token does not allow this.",
            ),
            Self::ClientAlone => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The access token is about no person, and this resource is for people.",
            ),
            Self::Unknown(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Nobody can say now whether the access token holds. Try again in a moment.",
            ),
        }
    }

    /// The answer, at a route and the host that was asked for.
    pub(super) fn answer(
        &self,
        site: &SiteSettings,
        at: (&Route, &str),
        request: &RequestId,
    ) -> Answer {
        let (status, code, description) = self.error();
        let mut headers = HeaderMap::new();
        match self {
            Self::Unknown(_) => {}
            Self::Proof => challenge(&mut headers, "DPoP", Some(code), site, at),
            Self::Malformed | Self::Token | Self::Certificate | Self::Scope | Self::ClientAlone => {
                challenge(&mut headers, "Bearer", Some(code), site, at);
                challenge(&mut headers, "DPoP", Some(code), site, at);
            }
        }
        answer(status, headers, (code, description), request)
    }
}

/// 401 for who presents nothing: how to, and nothing about what is missing (RFC 6750 3.1).
pub(in crate::gateway) fn unauthorized(
    site: &SiteSettings,
    at: (&Route, &str),
    request: &RequestId,
    sign_in: &str,
) -> Answer {
    let mut headers = HeaderMap::new();
    challenge(&mut headers, "Bearer", None, site, at);
    challenge(&mut headers, "DPoP", None, site, at);
    plain(&mut headers);
    let body = json!({
        "error": "login_required",
        "error_description": "Nobody is signed in, and no access token came along.",
        "login_url": sign_in,
        "request_id": request,
    });
    Answer {
        status: StatusCode::UNAUTHORIZED,
        headers,
        body: body.to_string().into(),
    }
}

/// 403 for whom the route's rule keeps out.
pub(super) fn denied(why: &str, request: &RequestId) -> Answer {
    let code = ("access_denied", why);
    answer(StatusCode::FORBIDDEN, HeaderMap::new(), code, request)
}

fn answer(
    status: StatusCode,
    mut headers: HeaderMap,
    (code, description): (&str, &str),
    request: &RequestId,
) -> Answer {
    plain(&mut headers);
    let body = json!({
        "error": code,
        "error_description": description,
        "request_id": request,
    });
    Answer {
        status,
        headers,
        body: body.to_string().into(),
    }
}

fn plain(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

/// Adds one challenge. Nothing in it has to be escaped: ids of routes, scope names and addresses
/// hold no quotes.
fn challenge(
    headers: &mut HeaderMap,
    scheme: &str,
    error: Option<&str>,
    site: &SiteSettings,
    (route, host): (&Route, &str),
) {
    let settings = &route.settings;
    let Some(bearer) = &settings.bearer else {
        return;
    };
    let mut text = format!("{scheme} realm=\"{}\"", settings.id);
    let mut say = |name: &str, value: &str| {
        text.push_str(", ");
        text.push_str(name);
        text.push_str("=\"");
        text.push_str(value);
        text.push('"');
    };
    if let Some(error) = error {
        say("error", error);
    }
    if !bearer.scopes.is_empty() {
        say("scope", &bearer.scopes.to_string());
    }
    if scheme == "DPoP" {
        say("algs", &dpop::algs().join(" "));
    }
    say(
        "resource_metadata",
        &metadata::address(site, host, settings, bearer),
    );
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.append(WWW_AUTHENTICATE, text);
    }
}
