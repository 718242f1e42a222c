//! A million targets of the characters that paths are attacked with: what is decided on is what is
//! forwarded, and no server behind makes another route's path of it, however carelessly it reads.

use std::borrow::Cow;

use super::*;
use crate::gateway::target::Head;

const CASES: usize = 1_000_000;

/// What targets are put together from.
const PIECES: &[&str] = &[
    "/",
    "/",
    "/",
    "//",
    ".",
    "..",
    "%2e",
    "%2E",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    ";",
    "%3b",
    "?",
    "#",
    "%23",
    "%3f",
    ":",
    "@",
    "%00",
    "%0a",
    "%25",
    "%252e",
    "%252f",
    "%u002e",
    "%c0%ae",
    "%c0%af",
    "%e0%80%ae",
    "%",
    "%4",
    "%zz",
    "admin",
    "admin",
    "ADMIN",
    "Admin",
    "%61dmin",
    "%41dmin",
    "public",
    "public",
    "x",
    "y",
    "~",
    "%7e",
    "*",
    "=",
    "&",
    "+",
    "|",
    " ",
    "\t",
    "\u{e4}",
    "%c3%a4",
    "http://",
    "app.test",
    "a.",
    ".b",
    "..;",
    "/..;/",
    "/../",
    "/./",
    "%2e%2e/",
    "%2e%2e%2f",
    "[",
    "]",
];

/// A small generator of its own, so that every run has the same million.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn target(&mut self, into: &mut String) {
        into.clear();
        // Nearly all begin as a path does, half of those in a prefix with a rule.
        let begin = ["/", "/", "/public/", "/admin/", "/public", ""];
        into.push_str(begin[self.next(begin.len())]);
        for _ in 0..=self.next(6) {
            into.push_str(PIECES[self.next(PIECES.len())]);
        }
    }
}

fn read<'a>(target: &'a str, headers: &'a HeaderMap) -> Option<Address<'a>> {
    let head = Head {
        method: &Method::GET,
        version: http::Version::HTTP_11,
        target: target.as_bytes(),
        scheme: None,
        tls: None,
        authority: None,
        headers,
    };
    Address::read(&head).ok()
}

fn taken(table: &RouteTable, address: &Address<'_>) -> Option<usize> {
    match table.find(address, manner(&Method::GET)) {
        Target::Route(route) => Some(route.index),
        Target::Site | Target::OtherMethods | Target::OtherHeaders | Target::Unknown(_) => None,
    }
}

/// The path as a server reads it that decodes twice, takes `\` for `/`, drops what follows a
/// semicolon, merges slashes and then resolves dots.
fn carelessly(path: &str) -> String {
    let once = |bytes: &[u8]| -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let escape = bytes
                .get(at + 1..at + 3)
                .and_then(|hex| std::str::from_utf8(hex).ok());
            let byte = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            if let (b'%', Some(byte)) = (bytes[at], byte) {
                out.push(byte);
                at += 3;
            } else {
                out.push(bytes[at]);
                at += 1;
            }
        }
        out
    };
    let decoded = once(&once(path.as_bytes()));
    let text = String::from_utf8_lossy(&decoded).replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            plain => segments.push(plain),
        }
    }
    segments.join("/")
}

#[test]
fn of_a_million_targets_what_is_decided_on_is_what_is_forwarded() {
    let table = RouteTable::build(
        &site(),
        &[
            route("app", "app.test", "/", &[]),
            route("public", "app.test", "/public/", &[]),
            route("admin", "app.test", "/admin/", &[]),
        ],
    )
    .unwrap();
    let admin = 2;
    let headers = HeaderMap::from_iter([(http::header::HOST, "app.test".parse().unwrap())]);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut target, mut passed) = (String::new(), 0);
    for _ in 0..CASES {
        numbers.target(&mut target);
        let Some(address) = read(&target, &headers) else {
            continue;
        };
        passed += 1;
        let Some(decided) = taken(&table, &address) else {
            continue;
        };
        let forwarded: Cow<'_, str> = if address.rewritten {
            address.path_and_query().into()
        } else {
            target.as_str().into()
        };
        let again = read(&forwarded, &headers).unwrap_or_else(|| panic!("{target} -> {forwarded}"));
        assert!(!again.rewritten, "{target} -> {forwarded}");
        assert_eq!(again.path, address.path, "{target}");
        assert_eq!(again.query, address.query, "{target}");
        assert_eq!(
            taken(&table, &again),
            Some(decided),
            "{target} -> {forwarded}"
        );
        let reached = carelessly(&address.path);
        let inside = reached.split('/').next().unwrap_or_default();
        if inside.eq_ignore_ascii_case("admin") {
            assert_eq!(decided, admin, "{target} -> {forwarded}, read as {reached}");
        }
    }
    assert!(passed > CASES / 20, "only {passed} were anything at all");
}
