//! What a route answers by itself, where it has no upstream.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

/// An answer without an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Another address.
    Redirect {
        /// Where to: texts, and parts of the request's own address.
        to: Vec<Piece>,
        /// 301, 302, 303, 307 or 308.
        status: StatusCode,
    },
    /// A text that is always the same.
    Answer {
        /// Any final status.
        status: StatusCode,
        /// Its media type.
        kind: HeaderValue,
        /// The body.
        body: Bytes,
    },
    /// 503, as a page for people and as JSON for programs.
    Maintenance {
        /// When to try again, if that is known.
        retry_after: Option<Duration>,
        /// What people read; a sentence that fits any app when absent.
        text: Option<String>,
    },
}

/// A piece of the address that a redirect leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The path of the request, beginning with a slash.
    Path,
    /// The query of the request with its question mark; nothing without one.
    Query,
    /// The host of the request, without port.
    Host,
}
