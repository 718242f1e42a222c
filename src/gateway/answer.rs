//! Answers of our own, whole and small. Written here and nowhere else, so that none of them names
//! the library or leaves a connection in doubt.

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;

use super::grpc;
use super::target::Refused;
use crate::base::RequestId;
use crate::web::navigation::is_navigation;
use crate::web::{ErrorPage, Kit, render_error};

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Everything but the length.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// An error, as a page for people and as JSON for programs.
    pub fn error(kit: &Kit, page: &ErrorPage, request: &RequestId, asked: &HeaderMap) -> Self {
        let (status, headers, body) = render_error(kit, page, request, is_navigation(asked));
        Self {
            status,
            headers,
            body,
        }
    }

    /// Writes it, unless something has been written already.
    pub async fn send(self, session: &mut Session) -> pingora::Result<()> {
        if session.response_written().is_some() {
            return Ok(());
        }
        if grpc::is_call(&session.req_header().headers) {
            return grpc::answer(&self).write(session).await;
        }
        self.write(session).await
    }

    async fn write(self, session: &mut Session) -> pingora::Result<()> {
        let head_only = session.req_header().method == Method::HEAD;
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = self.status;
        parts.headers = self.headers;
        if self.status != StatusCode::NO_CONTENT {
            let length = HeaderValue::from(self.body.len());
            parts.headers.insert(CONTENT_LENGTH, length);
        }
        let empty = head_only || self.body.is_empty();
        let header = Box::new(ResponseHeader::from(parts));
        session.write_response_header(header, empty).await?;
        if empty {
            return Ok(());
        }
        session.write_response_body(Some(self.body), true).await
    }
}

/// The page for a request that is refused.
pub fn refused_page(refused: Refused) -> ErrorPage {
    let happened = sentence(&refused.to_string());
    let title = match refused.status() {
        StatusCode::NOT_FOUND | StatusCode::MISDIRECTED_REQUEST => "There is nothing here",
        StatusCode::METHOD_NOT_ALLOWED => "This cannot be done here",
        _ => "This request cannot be read",
    };
    ErrorPage::new(refused.status(), refused.reason(), title, happened)
        .advice("Check the address, or start again from the app you wanted to open.")
}

/// The page for a request that failed behind us or in us. Says what a visitor can use and nothing
/// about what is behind.
pub fn failed_page(code: u16) -> ErrorPage {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (name, title, happened, advice) = match code {
        408 => (
            "request_timeout",
            "That took too long",
            "The request did not arrive in time.",
            "Try again on a better connection.",
        ),
        413 => (
            "too_large",
            "That was too much",
            "What was sent is larger than this app takes.",
            "Send something smaller.",
        ),
        431 => (
            "identity_too_long",
            "The app cannot be told who you are",
            "You may pass, but what this app is told about you, your groups above all, is longer \
             than it takes.",
            "Tell the people who run this site: the route's `identity.groups` can name the groups \
             that matter to this app, and `identity.limit` how much it takes.",
        ),
        502 => (
            "upstream_unreachable",
            "The app is not answering",
            "You may pass, but the app behind this door could not be reached.",
            "Try again in a moment. If it stays like this, tell the people who run the app.",
        ),
        504 => (
            "upstream_timeout",
            "The app is not answering",
            "You may pass, but the app behind this door did not answer in time.",
            "Try again in a moment. If it stays like this, tell the people who run the app.",
        ),
        401 => (
            "session_ended",
            "You are signed out",
            "The session behind this request has ended.",
            "Open the app again to sign in.",
        ),
        400 => (
            "invalid_request",
            "This request cannot be read",
            "It broke off or is malformed.",
            "Go back and try again.",
        ),
        _ => (
            "server_error",
            "Something went wrong here",
            "The fault is on this side and was written down.",
            "Try again. If it happens again, tell the people who run this site the request id.",
        ),
    };
    ErrorPage::new(status, name, title, happened).advice(advice)
}

fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}
