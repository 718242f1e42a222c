//! What an upstream says, without what it has no business to say.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use pingora::http::ResponseHeader;

use crate::session::cookie;

/// Removes what an upstream has no business to tell a browser under our name.
pub(super) fn clean(response: &mut ResponseHeader) {
    // Another protocol on another port would pass by this door.
    response.remove_header("alt-svc");
    if names_cookies(response) {
        response.remove_header("clear-site-data");
    }
    let ours: Vec<HeaderName> = response
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("doorward-"))
        .cloned()
        .collect();
    for name in ours {
        response.remove_header(&name);
    }
    if sets_our_cookie(response) {
        let kept: Vec<HeaderValue> = response
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter(|value| !is_ours(value))
            .cloned()
            .collect();
        response.remove_header(&header::SET_COOKIE);
        for value in kept {
            let _ = response.append_header(header::SET_COOKIE, value);
        }
    }
}

fn names_cookies(response: &ResponseHeader) -> bool {
    let mut values = response.headers.get_all("clear-site-data").iter();
    values.any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value.windows(7).any(|word| word == b"cookies") || value.contains(&b'*')
    })
}

fn sets_our_cookie(response: &ResponseHeader) -> bool {
    response
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .any(is_ours)
}

/// Judged without what stands before the name: a cookie without a name comes back as its bare
/// value (RFC 6265bis 5.7), so that `=__Host-doorward=x` would return as a session.
fn is_ours(set_cookie: &HeaderValue) -> bool {
    let bytes = set_cookie.as_bytes();
    let name = bytes
        .iter()
        .position(|byte| *byte != b'=' && byte.is_ascii_graphic());
    cookie::is_ours(bytes.get(name.unwrap_or_default()..).unwrap_or_default())
}

/// Keeps an answer that carries somebody's session out of caches that others share, whatever the
/// upstream allowed for the answer without it (RFC 9111 3.5, RFC 9213).
pub(super) fn keep_private(response: &mut ResponseHeader) {
    restrict(response, "no-store");
}

/// The same for an answer to somebody who is known: an app that does not know that a cache stands
/// before it writes for that person alone. What says nothing of caches stays as fresh as it was in
/// the person's own.
pub(super) fn keep_personal(response: &mut ResponseHeader) {
    restrict(response, "private");
}

/// The same for one of ours.
pub(super) fn make_personal(headers: &mut HeaderMap) {
    for name in targeted(headers) {
        headers.remove(name);
    }
    let said = headers.get_all(header::CACHE_CONTROL).iter();
    let value = private(said.map(HeaderValue::as_bytes), "private");
    headers.insert(header::CACHE_CONTROL, value);
}

/// What is said to some shared caches only.
fn targeted(headers: &HeaderMap) -> Vec<HeaderName> {
    let names = headers.keys().filter(|name| {
        let name = name.as_str();
        name.ends_with("cdn-cache-control") || name == "surrogate-control"
    });
    names.cloned().collect()
}

fn restrict(response: &mut ResponseHeader, unsaid: &'static str) {
    for name in targeted(&response.headers) {
        response.remove_header(&name);
    }
    let said: Vec<HeaderValue> = response
        .headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .cloned()
        .collect();
    let value = private(said.iter().map(HeaderValue::as_bytes), unsaid);
    // Cannot fail: the name is a constant, and the value was one or is.
    let _ = response.insert_header(header::CACHE_CONTROL, value);
}

/// The same directives, as far as they concern the person's own browser.
fn private<'a>(lines: impl Iterator<Item = &'a [u8]>, unsaid: &'static str) -> HeaderValue {
    let no_store = HeaderValue::from_static("no-store");
    let mut kept: Vec<&str> = Vec::new();
    for line in lines {
        // Commas inside quotes belong to field names, and so to directives that are rewritten or
        // not understood; what cannot be read is not guessed.
        let Ok(line) = std::str::from_utf8(line) else {
            return no_store;
        };
        if line.contains('"') {
            return no_store;
        }
        kept.extend(line.split(',').map(str::trim).filter(|one| !one.is_empty()));
    }
    if kept.is_empty() {
        return HeaderValue::from_static(unsaid);
    }
    kept.retain(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim_end();
        !["public", "private", "s-maxage"]
            .iter()
            .any(|shared| name.eq_ignore_ascii_case(shared))
    });
    kept.push("private");
    HeaderValue::from_str(&kept.join(", ")).unwrap_or(no_store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &'static str, values: &[&[u8]]) -> ResponseHeader {
        let mut answer = ResponseHeader::build(200, None).unwrap();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            answer.append_header(name, value).unwrap();
        }
        answer
    }

    #[test]
    fn no_spelling_of_a_cookie_comes_back_as_ours() {
        let mut answer = answer(
            "set-cookie",
            &[
                b"__Host-doorward=m; Path=/; Secure",
                b"=__Host-doorward=m; Path=/; Secure",
                b" = __host-DOORWARD-start=m",
                b"==__Host-doorward=m",
                b"__Host-doorward",
                b"\t__Host-doorward\t=m",
                b"\xc2\xa0__Host-doorward=m",
                b"mine=__Host-doorward=m",
                b"__Host-other=m",
                b"=plain",
            ],
        );
        clean(&mut answer);
        let kept: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert_eq!(kept, ["mine=__Host-doorward=m", "__Host-other=m", "=plain"]);
    }

    #[test]
    fn cks_15_an_answer_to_somebody_is_kept_by_nobody_elses_cache() {
        for (said, left) in [
            (&[][..], "private"),
            (&[&b"public, max-age=600"[..]], "max-age=600, private"),
            (&[b"s-maxage=600, immutable"], "immutable, private"),
            (&[b"no-store"], "no-store, private"),
        ] {
            let mut answer = answer("cache-control", said);
            answer
                .append_header("cdn-cache-control", "max-age=9")
                .unwrap();
            keep_personal(&mut answer);
            let lines: Vec<_> = answer.headers.get_all("cache-control").iter().collect();
            assert_eq!(lines, [left]);
            assert_eq!(answer.headers.len(), 1);
        }
    }

    #[test]
    fn an_answer_with_a_session_is_for_one_browser_only() {
        for (said, left) in [
            (&[][..], "no-store"),
            (&[&b""[..]], "no-store"),
            (&[b"public, max-age=60"], "max-age=60, private"),
            (
                &[b"max-age=60", b"S-MaxAge=600, Public"],
                "max-age=60, private",
            ),
            (&[b"no-store"], "no-store, private"),
            (&[b"private, no-cache"], "no-cache, private"),
            (&[b"private=\"set-cookie, x\", max-age=1"], "no-store"),
        ] {
            let mut answer = answer("cache-control", said);
            answer
                .append_header("cdn-cache-control", "max-age=9")
                .unwrap();
            answer
                .append_header("surrogate-control", "max-age=9")
                .unwrap();
            keep_private(&mut answer);
            let lines: Vec<_> = answer.headers.get_all("cache-control").iter().collect();
            assert_eq!(lines, [left]);
            assert_eq!(answer.headers.len(), 1);
        }
    }
}
