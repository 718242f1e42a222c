//! Whether a browser is showing a page to a person, or a program is fetching. Decides between
//! redirect and 401, and between page and JSON, everywhere.

use http::header::{ACCEPT, UPGRADE};
use http::{HeaderMap, HeaderName};

const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whether the answer will be shown to a person as a page.
///
/// The test is `mod_auth_openidc`'s: a script's marker, a fetch mode other than `navigate`, a fetch
/// destination other than a document, an upgrade, or an `Accept` without HTML say no.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName| headers.get(name).map(http::HeaderValue::as_bytes);
    if says(X_REQUESTED_WITH).is_some_and(|by| by.eq_ignore_ascii_case(b"XMLHttpRequest")) {
        return false;
    }
    if says(SEC_FETCH_MODE).is_some_and(|mode| mode != b"navigate") {
        return false;
    }
    if says(SEC_FETCH_DEST).is_some_and(|dest| dest != b"document") {
        return false;
    }
    if headers.contains_key(UPGRADE) {
        return false;
    }
    headers.get_all(ACCEPT).iter().any(|line| {
        line.to_str().is_ok_and(|line| {
            line.split(',').any(|range| {
                let kind = range.split(';').next().unwrap_or_default().trim();
                kind.eq_ignore_ascii_case("text/html")
                    || kind.eq_ignore_ascii_case("application/xhtml+xml")
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

    #[test]
    fn a_browser_opening_a_page_is_a_navigation() {
        assert!(is_navigation(&headers(&[HTML])));
        assert!(is_navigation(&headers(&[
            HTML,
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ])));
    }

    #[test]
    fn scripts_frames_sockets_and_command_line_tools_are_not() {
        for line in [
            ("x-requested-with", "XMLHttpRequest"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "iframe"),
            ("sec-fetch-dest", "empty"),
            ("upgrade", "websocket"),
        ] {
            assert!(!is_navigation(&headers(&[HTML, line])), "{line:?}");
        }
        assert!(!is_navigation(&headers(&[])));
        assert!(!is_navigation(&headers(&[("accept", "*/*")])));
        assert!(!is_navigation(&headers(&[("accept", "application/json")])));
    }
}
