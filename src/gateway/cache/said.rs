//! What a request and an answer say of being kept.

use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, COOKIE, EXPIRES, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};
use pingora::http::{RequestHeader, ResponseHeader};

use crate::session::cookie;

/// Whether the app itself says for how long; nothing is guessed.
pub(super) fn is_explicit(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPIRES)
        || directives(headers).any(|one| {
            let name = one.split('=').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case("max-age") || name.eq_ignore_ascii_case("s-maxage")
        })
}

pub(super) fn says_public(headers: &HeaderMap) -> bool {
    directives(headers).any(|one| {
        let name = one.split('=').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("public") || name.eq_ignore_ascii_case("s-maxage")
    })
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
}

/// Whether a body that was cut off can be told from a whole one.
pub(super) fn ends_for_certain(answer: &ResponseHeader) -> bool {
    answer.version == Version::HTTP_2
        || answer.headers.contains_key(CONTENT_LENGTH)
        || answer.headers.contains_key(TRANSFER_ENCODING)
}

pub(super) fn stated_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the app knows the client by cookies of its own.
pub(super) fn has_app_cookies(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(COOKIE).iter();
    lines.any(|line| cookie::without_ours(line.as_bytes()).is_some())
}

/// Without what belongs to one connection; how long it is, is known.
pub(super) fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
        kept.remove(name);
    }
    kept.remove("keep-alive");
    kept
}

/// As the policy reads requests. Cookies of ours, which change with every lease, are no part of it.
pub(super) fn asked(request: &RequestHeader) -> http::Request<()> {
    let mut asked = http::Request::new(());
    *asked.method_mut() = request.method.clone();
    *asked.uri_mut() = request.uri.clone();
    for name in request.headers.keys() {
        let lines = request
            .headers
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes);
        // One line each: of several, the policy would compare the first.
        let line = if *name == COOKIE {
            let theirs: Vec<_> = lines.filter_map(cookie::without_ours).collect();
            theirs.join(&b"; "[..])
        } else {
            lines.collect::<Vec<_>>().join(&b", "[..])
        };
        if let (false, Ok(line)) = (line.is_empty(), HeaderValue::from_bytes(&line)) {
            asked.headers_mut().insert(name.clone(), line);
        }
    }
    asked
}
