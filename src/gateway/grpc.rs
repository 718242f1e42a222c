//! Answers of our own to gRPC calls: a program that calls reads `grpc-status`, and takes any status
//! but 200 for a broken connection.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::answer::Answer;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
/// Fields that mean the same to every program.
const KEPT: &[&str] = &[
    "www-authenticate",
    "retry-after",
    "cache-control",
    "set-cookie",
];

/// Whether a request is a gRPC call.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// The same answer as a call reads it: headers alone, with the status among them.
pub(super) fn answer(answer: &Answer) -> Answer {
    let (code, message) = meaning(answer.status);
    let mut headers: HeaderMap = answer
        .headers
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(STATUS, HeaderValue::from_static(code));
    headers.insert(MESSAGE, HeaderValue::from_static(message));
    Answer {
        status: StatusCode::OK,
        headers,
        body: Bytes::new(),
    }
}

/// The codes of gRPC for statuses of ours, and what they mean.
fn meaning(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        // A way to sign in is nothing that a program can follow.
        300..=399 | 401 => ("16", "nobody is signed in"),
        403 => ("7", "this is not open to you"),
        404 | 405 => ("12", "there is nothing here"),
        408 | 504 => ("4", "that took too long"),
        413 | 429 => ("8", "that was too much"),
        400..=499 => ("3", "this request cannot be read"),
        502 | 503 => ("14", "not answering at the moment"),
        _ => ("13", "something went wrong"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_a_call_is_200_with_the_status_that_calls_read() {
        for (status, code) in [
            (302, "16"),
            (401, "16"),
            (403, "7"),
            (413, "8"),
            (502, "14"),
            (500, "13"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("www-authenticate", HeaderValue::from_static("Doorward"));
            headers.insert("location", HeaderValue::from_static("/login"));
            let said = answer(&Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers,
                body: Bytes::from_static(b"page"),
            });
            assert_eq!(
                (said.status, said.headers["grpc-status"].to_str().unwrap()),
                (StatusCode::OK, code)
            );
            assert!(said.body.is_empty() && !said.headers.contains_key("location"));
            assert_eq!(said.headers["www-authenticate"], "Doorward");
        }
    }
}
