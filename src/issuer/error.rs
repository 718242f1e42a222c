//! Errors of the protocol, as clients read them: one type for answers in JSON, one for answers by
//! redirect. A description never holds what the request said.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::store::StoreError;
use crate::tokens::TokenError;
use crate::web::ErrorPage;
use crate::web::params::Unreadable;

/// An error of an endpoint that programs call (RFC 6749 5.2).
#[derive(Clone, Debug)]
pub struct OAuthError {
    status: StatusCode,
    code: &'static str,
    description: Cow<'static, str>,
    challenge: Option<&'static str>,
    retry_after: Option<Duration>,
}

impl OAuthError {
    /// `code` is a registered error name.
    pub fn new(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            description: description.into(),
            challenge: None,
            retry_after: None,
        }
    }

    /// The request is malformed.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    /// A code or refresh token is not good, or not for this client. One text for every cause.
    pub fn invalid_grant() -> Self {
        Self::new(
            "invalid_grant",
            "The code or refresh token is invalid, expired, revoked, or was issued to another client.",
        )
    }

    /// The client is unknown or did not prove itself. One text for every cause.
    pub fn invalid_client(by_header: bool) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            challenge: by_header.then_some("Basic realm=\"token\", charset=\"UTF-8\""),
            ..Self::new("invalid_client", "Client authentication failed.")
        }
    }

    /// Try again later.
    pub fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: Some(Duration::from_secs(1)),
            ..Self::new(
                "temporarily_unavailable",
                "This could not be done at the moment. Nothing was changed.",
            )
        }
    }

    /// Too often; `wait` says when the next one may come.
    pub fn too_many(wait: Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(wait),
            ..Self::new(
                "temporarily_unavailable",
                "Too many requests came from your network. Wait, and try again.",
            )
        }
    }

    /// A fault of ours; the cause is logged, not told.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a token endpoint failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new(
                "server_error",
                "The fault is on this side and was written down.",
            )
        }
    }

    /// What is said besides the name.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The error name, for logs and audit.
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

impl From<StoreError> for OAuthError {
    fn from(cause: StoreError) -> Self {
        match cause {
            StoreError::Unavailable(_) | StoreError::Full => {
                tracing::warn!(%cause, "the store did not answer");
                Self::unavailable()
            }
            StoreError::Conflict(_)
            | StoreError::Corrupt(_)
            | StoreError::File { .. }
            | StoreError::Opening { .. }
            | StoreError::NotADatabase
            | StoreError::Url
            | StoreError::Migration(_)
            | StoreError::Rng(_) => Self::internal(&cause),
        }
    }
}

impl From<TokenError> for OAuthError {
    fn from(cause: TokenError) -> Self {
        match cause {
            TokenError::Store(cause) => cause.into(),
            TokenError::Rng(_)
            | TokenError::Signing(_)
            | TokenError::NoKey
            | TokenError::Unsealable
            | TokenError::Corrupt => Self::internal(&cause),
        }
    }
}

impl From<AuthorizeError> for OAuthError {
    fn from(error: AuthorizeError) -> Self {
        Self::new(error.code, error.description)
    }
}

impl From<TokenError> for ErrorPage {
    fn from(cause: TokenError) -> Self {
        match cause {
            TokenError::Store(cause) => cause.into(),
            TokenError::Rng(_)
            | TokenError::Signing(_)
            | TokenError::NoKey
            | TokenError::Unsealable
            | TokenError::Corrupt => Self::internal(&cause.to_string()),
        }
    }
}

impl From<Unreadable> for OAuthError {
    fn from(unreadable: Unreadable) -> Self {
        let error = Self::invalid_request(match unreadable {
            Unreadable::TooLarge => "The request is too large.",
            Unreadable::NotUtf8 => "A parameter is not UTF-8.",
            Unreadable::NotAForm => {
                "The parameters must be in the body, as application/x-www-form-urlencoded."
            }
            Unreadable::Broken => "The body did not arrive whole.",
        });
        Self {
            status: match unreadable {
                Unreadable::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Unreadable::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Unreadable::NotUtf8 | Unreadable::Broken => StatusCode::BAD_REQUEST,
            },
            ..error
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code, "error_description": self.description });
        let mut response = private_json(self.status, &body);
        if let Some(challenge) = self.challenge {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(after) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
        }
        response
    }
}

/// JSON that no cache may keep (RFC 6749 5.1).
pub fn private_json(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body.to_string()).into_response()
}

/// An error of the authorization endpoint that goes back to the client by redirect (RFC 6749
/// 4.1.2.1, OpenID Connect Core 3.1.2.6). What may not be redirected is an
/// [`ErrorPage`] and never one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizeError {
    /// The error name.
    pub code: &'static str,
    /// For the client's developer.
    pub description: Cow<'static, str>,
}

impl AuthorizeError {
    /// `code` is a registered error name.
    pub const fn new(code: &'static str, description: &'static str) -> Self {
        Self {
            code,
            description: Cow::Borrowed(description),
        }
    }

    /// The request is malformed.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }
}
