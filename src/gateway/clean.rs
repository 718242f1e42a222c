//! What an upstream says, without what it has no business to say.

use http::{HeaderName, HeaderValue, header};
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

fn is_ours(set_cookie: &HeaderValue) -> bool {
    let name = set_cookie.as_bytes().split(|byte| *byte == b'=').next();
    cookie::is_ours(name.unwrap_or_default())
}
