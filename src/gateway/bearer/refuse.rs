//! What a request gets whose token is not taken (RFC 6750 3, RFC 9449 7.1, RFC 9728 5.1).

use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::{BearerSettings, metadata};
use crate::base::{RequestId, TokenId};
use crate::gateway::answer::Answer;
use crate::gateway::route::Route;
use crate::gateway::settings::SiteSettings;
use crate::tokens::trusted::KeysError;
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
    /// The same, of a standing token.
    Weak(TokenId),
    /// It is a standing token for other routes.
    Elsewhere(TokenId),
    /// It was a standing token of ours: revoked, expired, or its person may not come any more. Its
    /// id, where it is still known.
    Ended(Option<TokenId>),
    /// It is its client's own, and the route is for people.
    ClientAlone,
    /// The store is needed, and away.
    Unknown(TokenError),
    /// The keys of its issuer, which is not ours, cannot be had.
    Keyless(KeysError),
}

impl Refused {
    /// As written to logs and metrics.
    pub(in crate::gateway) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Token => "token_invalid",
            Self::Proof => "token_proof",
            Self::Certificate => "token_certificate",
            Self::Scope | Self::Weak(_) => "insufficient_scope",
            Self::Elsewhere(_) => "token_elsewhere",
            Self::Ended(_) => "token_ended",
            Self::ClientAlone => "client_alone",
            Self::Unknown(_) => "store_unavailable",
            Self::Keyless(_) => "issuer_unavailable",
        }
    }

    /// The standing token that was refused, where it is known.
    pub(in crate::gateway) const fn standing(&self) -> Option<&TokenId> {
        match self {
            Self::Weak(id) | Self::Elsewhere(id) | Self::Ended(Some(id)) => Some(id),
            Self::Malformed
            | Self::Token
            | Self::Proof
            | Self::Certificate
            | Self::Scope
            | Self::Ended(None)
            | Self::ClientAlone
            | Self::Unknown(_)
            | Self::Keyless(_) => None,
        }
    }

    const fn error(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Present one access token, in one Authorization header.",
            ),
            Self::Token | Self::Ended(_) => (
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
            Self::Weak(_) => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The token does not allow this.",
            ),
            Self::Elsewhere(_) => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The token is for other places than this one.",
            ),
            Self::ClientAlone => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The access token is about no person, and this resource is for people.",
            ),
            Self::Unknown(_) | Self::Keyless(_) => (
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
        asks_by_script: bool,
    ) -> Answer {
        let (status, code, description) = self.error();
        let mut headers = HeaderMap::new();
        match self {
            Self::Unknown(_) | Self::Keyless(_) => {}
            Self::Proof => challenge(&mut headers, "DPoP", Some(code), site, at),
            Self::Malformed
            | Self::Token
            | Self::Certificate
            | Self::Scope
            | Self::Weak(_)
            | Self::Elsewhere(_)
            | Self::Ended(_)
            | Self::ClientAlone => challenges(&mut headers, Some(code), site, at),
        }
        if status == StatusCode::UNAUTHORIZED && !asks_by_script {
            ask_for_password(&mut headers, at.0);
        }
        answer(status, headers, (code, description), request)
    }
}

/// 401 for who presents nothing: how to, and nothing about what is missing (RFC 6750 3.1).
pub(in crate::gateway) fn unauthorized(
    site: &SiteSettings,
    at: (&Route, &str),
    asked: (&RequestId, &HeaderMap),
    sign_in: &str,
) -> Answer {
    let (request, sent) = asked;
    let mut headers = HeaderMap::new();
    challenges(&mut headers, None, site, at);
    if !is_script(sent) {
        ask_for_password(&mut headers, at.0);
    }
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

/// Whether a page of a browser asks: it would show the person a window for name and password, which
/// is not how people sign in here.
pub(in crate::gateway) fn is_script(sent: &HeaderMap) -> bool {
    ["sec-fetch-mode", "x-requested-with", "origin"]
        .iter()
        .any(|name| sent.contains_key(*name))
}

/// Programs that know nothing but names and passwords (git, `WebDAV`) send none before they are asked
/// (RFC 7617 2).
fn ask_for_password(headers: &mut HeaderMap, route: &Route) {
    let settings = &route.settings;
    let takes = settings.bearer.as_ref();
    if !takes.is_some_and(BearerSettings::takes_passwords) {
        return;
    }
    let text = format!("Basic realm=\"{}\", charset=\"UTF-8\"", settings.id);
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.append(WWW_AUTHENTICATE, text);
    }
}

/// The ways in which this route takes tokens.
fn challenges(
    headers: &mut HeaderMap,
    error: Option<&str>,
    site: &SiteSettings,
    at: (&Route, &str),
) {
    challenge(headers, "Bearer", error, site, at);
    let bearer = at.0.settings.bearer.as_ref();
    if bearer.is_some_and(|bearer| bearer.access.is_some()) {
        challenge(headers, "DPoP", error, site, at);
    }
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
    if let Some(address) = metadata::address(site, host, settings, bearer) {
        say("resource_metadata", &address);
    }
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.append(WWW_AUTHENTICATE, text);
    }
}
