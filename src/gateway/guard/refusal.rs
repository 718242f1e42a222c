//! What a refusal says to the client, and how it is counted.

use bytes::Bytes;
use http::StatusCode;

/// How a head that is refused with `status` is counted.
pub(super) fn reason_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::URI_TOO_LONG => "target_too_long",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "head_too_large",
        _ => "head_malformed",
    }
}

/// An answer that says no more than its status.
pub(super) fn plain_answer(status: StatusCode) -> Bytes {
    let reason = status.canonical_reason().unwrap_or("Error");
    let code = status.as_u16();
    let body = format!("{code} {reason}\n");
    Bytes::from(format!(
        "HTTP/1.1 {code} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// The status of an answer that the library wrote by itself.
pub(super) fn status_of(answer: &[u8]) -> StatusCode {
    answer
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| answer.strip_prefix(b"HTTP/1.0 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| StatusCode::from_bytes(code).ok())
        .unwrap_or(StatusCode::BAD_REQUEST)
}
