//! How an access token is presented (RFC 6750 2), strictly: once, in the header or in a form body,
//! never in the query.

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::dpop;
use super::error::private_json;
use crate::web::{Params, Scheme, Unpresented, access_token, is_token};

/// Why a token was not taken (RFC 6750 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerError {
    /// None was presented: nothing is said about what is missing.
    Missing,
    /// More than one, or malformed.
    InvalidRequest,
    /// Not one of ours, expired or revoked.
    InvalidToken,
    /// It is bound to a key, and no good proof came with it (RFC 9449 7.1).
    InvalidProof,
    /// It does not allow this.
    InsufficientScope,
}

impl From<Unpresented> for BearerError {
    fn from(why: Unpresented) -> Self {
        match why {
            Unpresented::OtherScheme => Self::Missing,
            Unpresented::Malformed => Self::InvalidRequest,
        }
    }
}

impl IntoResponse for BearerError {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Missing => (StatusCode::UNAUTHORIZED, None),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, Some("invalid_request")),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, Some("invalid_token")),
            Self::InvalidProof => (StatusCode::UNAUTHORIZED, Some("invalid_dpop_proof")),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, Some("insufficient_scope")),
        };
        let error = |code| format!("error=\"{code}\"");
        let algs = format!("algs=\"{}\"", dpop::algs().join(" "));
        let (bearer, proof, body) = match code {
            None => ("Bearer".to_owned(), algs, serde_json::json!({})),
            Some(code) => (
                format!("Bearer {}", error(code)),
                format!("{}, {algs}", error(code)),
                serde_json::json!({ "error": code }),
            ),
        };
        let mut response = private_json(status, &body);
        let bearer = (self != Self::InvalidProof).then_some(bearer);
        for challenge in bearer.into_iter().chain([format!("DPoP {proof}")]) {
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}

/// The token a request presents; `query` and `form` are its parameters.
pub fn presented<'a>(
    headers: &'a HeaderMap,
    query: &Params,
    form: Option<&'a Params>,
) -> Result<(Scheme, &'a str), BearerError> {
    if query.has("access_token") {
        return Err(BearerError::InvalidRequest);
    }
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let by_form = match form {
        Some(form) if form.has("access_token") => Some(
            form.find("access_token")
                .ok_or(BearerError::InvalidRequest)?,
        ),
        Some(_) | None => None,
    };
    match (lines.next(), lines.next(), by_form) {
        (Some(line), None, None) => Ok(access_token(line)?),
        (None, _, Some(token)) if is_token(token) => Ok((Scheme::Bearer, token)),
        (None, _, None) => Err(BearerError::Missing),
        (None, _, Some(_)) | (Some(_), _, _) => Err(BearerError::InvalidRequest),
    }
}

/// The token of a request whose tokens are bound to no key.
pub fn bearer<'a>(headers: &'a HeaderMap, query: &Params) -> Result<&'a str, BearerError> {
    match presented(headers, query, None)? {
        (Scheme::Bearer, token) => Ok(token),
        (Scheme::Dpop, _) => Err(BearerError::InvalidToken),
    }
}
