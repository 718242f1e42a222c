//! Where a browser may be sent when something is done: the site itself, by construction.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A path and query of the site's own, such as `/connect/authorize?client_id=shop`.
///
/// No reader of it, browser or proxy, strict or lenient, can take it for another host: it begins
/// with one slash, is printable ASCII without backslashes, and its path has no empty or dot segment,
/// encoded or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnPath(String);

/// Not a path of our own.
#[derive(Debug, thiserror::Error)]
#[error("not a path of the site's own")]
pub struct NotOurs;

impl OwnPath {
    /// The longest that is taken, in bytes; it has to fit into a request line, sealed.
    pub const MAX: usize = 8 * 1024;

    /// Reads a path; `None` for anything a browser could follow elsewhere.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.split('?').next().unwrap_or_default();
        let plain = text.bytes().all(|byte| {
            matches!(byte, 0x21..=0x7e) && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>')
        });
        (plain && text.len() <= Self::MAX && is_straight(path)).then(|| Self(text.to_owned()))
    }

    /// The site's first page.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `path` is absolute and each segment stands for itself.
fn is_straight(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let segments = rest.split('/').count();
    rest.split('/').enumerate().all(|(at, segment)| {
        let last = at + 1 == segments;
        (last || !segment.is_empty()) && !hides_structure(segment) && !is_dots(segment)
    })
}

/// Encoded slashes, backslashes, controls, an encoded escape, or a broken one: decoded once more
/// somewhere, they would change where the path leads.
fn hides_structure(segment: &str) -> bool {
    segment.split('%').skip(1).any(|after| {
        let hides = |byte| matches!(byte, 0..0x20 | b'/' | b'\\' | 0x7f);
        let escape_of_an_escape = after
            .strip_prefix("25")
            .is_some_and(|rest| hex_byte(rest).is_some());
        escape_of_an_escape || hex_byte(after).is_none_or(hides)
    })
}

fn hex_byte(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    plain.then(|| u8::from_str_radix(digits, 16).ok())?
}

/// `.` or `..`, encoded or not, with or without parameters after `;`.
fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    let name = name.to_ascii_lowercase().replace("%2e", ".");
    name == "." || name == ".." || (name.is_empty() && !segment.is_empty())
}

impl TryFrom<String> for OwnPath {
    type Error = NotOurs;

    fn try_from(text: String) -> Result<Self, NotOurs> {
        Self::parse(&text).ok_or(NotOurs)
    }
}

impl From<OwnPath> for String {
    fn from(path: OwnPath) -> Self {
        path.0
    }
}

impl fmt::Display for OwnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is put before a foreign host in the hope that somebody reads it as one.
    const LEADS: [&str; 40] = [
        "//",
        "///",
        "////",
        "/\\",
        "\\/",
        "\\\\",
        "/\\/",
        "\\",
        "/\t/",
        "/\t\\",
        "/ /",
        "/\n/",
        "/\r/",
        "/\r\n/",
        "\t//",
        " //",
        "\u{b}//",
        "/\u{c}/",
        "/\u{0}/",
        "/%09//",
        "/%5c",
        "/%2f",
        "/%2F%2f",
        "/%0d%0a//",
        "/%00/",
        "/./",
        "/.//",
        "/..//",
        "/../",
        "/%2e%2e//",
        "/%2E//",
        "/x/..//",
        "/x/%2e.//",
        "/;//",
        "/..;//",
        "/\u{2215}",
        "/\u{ff0f}",
        "/\u{3002}/",
        "/\u{ad}/",
        "/\u{feff}/",
    ];
    /// Spellings of a foreign host.
    const HOSTS: [&str; 9] = [
        "evil.test",
        "evil.test/path?x=1",
        "evil.test:80",
        "ada@evil.test",
        "auth.test@evil.test",
        "evil%E3%80%82test",
        "[::1]",
        "2130706433",
        "evil.test%00.auth.test",
    ];
    /// Whole targets that are no path at all.
    const WHOLE: [&str; 27] = [
        "",
        "evil.test",
        "https://evil.test",
        "https:evil.test",
        "https:/evil.test",
        "https:///evil.test",
        "HTTPS://evil.test/",
        "http:\\\\evil.test",
        "ftp://evil.test",
        "javascript:alert(1)",
        "javascript://auth.test/%0aalert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "?next=/",
        "#/",
        "./x",
        "../x",
        ".evil.test",
        "@evil.test",
        "/x\r\nLocation: https://evil.test",
        "/x#//evil.test",
        "/x\"onload=",
        "/%",
        "/%2",
        "/%252fevil.test",
        "/%255c/evil.test",
    ];

    #[test]
    fn web_08_no_spelling_of_another_host_is_a_path_of_ours() {
        let mut tried = 0;
        let built = LEADS
            .iter()
            .flat_map(|lead| HOSTS.iter().map(move |host| format!("{lead}{host}")));
        for text in built.chain(WHOLE.iter().map(|text| (*text).to_owned())) {
            assert!(OwnPath::parse(&text).is_none(), "{text:?}");
            tried += 1;
        }
        assert!(tried >= 100, "{tried}");
    }

    #[test]
    fn web_08_what_is_taken_stays_on_the_own_host_for_a_browser() {
        let base = url::Url::parse("https://auth.test/login").unwrap();
        for text in [
            "/",
            "/account",
            "/production/oidc/connect/authorize?client_id=a&redirect_uri=https%3A%2F%2Fshop.test",
            "/login/route?start=abc_-",
            "/x?rd=//evil.test&y=https://evil.test",
            "/caf%C3%A9/",
            "/my%20notes/100%25/",
            "/a;v=1/b",
        ] {
            let path = OwnPath::parse(text).expect(text);
            assert_eq!(path.as_str(), text);
            assert_eq!(base.join(text).unwrap().host_str(), Some("auth.test"));
        }
    }

    proptest::proptest! {
        #[test]
        fn web_08_nothing_that_is_taken_leaves_the_host(text in "[/\\\\.%;:@a-z0-9?&=\t\n \u{2215}]{0,24}") {
            if OwnPath::parse(&text).is_some() {
                let base = url::Url::parse("https://auth.test/login").unwrap();
                let there = base.join(&text).unwrap();
                proptest::prop_assert_eq!(there.host_str(), Some("auth.test"));
                proptest::prop_assert_eq!(there.path(), text.split('?').next().unwrap());
            }
        }
    }
}
