//! The inputs of the published HTTP/1.1 probe suites, by the names they are known under: what an
//! RFC says must be refused is refused, what must be served is served, and never is one message
//! taken for two.

use std::io::{Read as _, Write as _};

use super::House;
use super::smuggling::{next_is_clean, refused};
use crate::support::wire;

/// What has to come of an input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// 4xx, and the connection ends; nothing of it goes on.
    Refusal,
    /// The app gets one request, and its answer comes back.
    Service,
}

use Due::{Refusal, Service};

/// Request lines, before `Host`.
const LINES: &[(&str, &str, Due)] = &[
    ("MULTI-SP-REQUEST-LINE", "GET  /public/ HTTP/1.1", Refusal),
    ("MULTI-SP-BEFORE-VERSION", "GET /public/  HTTP/1.1", Refusal),
    ("LEADING-SP", " GET /public/ HTTP/1.1", Refusal),
    ("TRAILING-SP", "GET /public/ HTTP/1.1 ", Refusal),
    ("REQUEST-LINE-TAB", "GET\t/public/\tHTTP/1.1", Refusal),
    ("MISSING-TARGET", "GET HTTP/1.1", Refusal),
    ("EMPTY-TARGET", "GET  HTTP/1.1", Refusal),
    ("FRAGMENT-IN-TARGET", "GET /public/#x HTTP/1.1", Refusal),
    ("HTTP09-REQUEST", "GET /public/", Refusal),
    ("INVALID-VERSION", "GET /public/ HTTP/9.9", Refusal),
    ("HTTP12-VERSION", "GET /public/ HTTP/1.2", Refusal),
    ("HTTP2-VERSION", "GET /public/ HTTP/2.0", Refusal),
    ("VERSION-CASE", "GET /public/ http/1.1", Refusal),
    ("VERSION-MISSING-MINOR", "GET /public/ HTTP/1", Refusal),
    ("VERSION-LEADING-ZEROS", "GET /public/ HTTP/01.01", Refusal),
    ("VERSION-WHITESPACE", "GET /public/ HTTP/ 1.1", Refusal),
    ("VERSION-OTHER", "GET /public/ ICY/1.1", Refusal),
    ("ASTERISK-WITH-GET", "GET * HTTP/1.1", Refusal),
    ("OPTIONS-STAR", "OPTIONS * HTTP/1.1", Refusal),
    ("METHOD-CASE", "get /public/ HTTP/1.1", Refusal),
    ("METHOD-TRACE", "TRACE /public/ HTTP/1.1", Refusal),
    ("METHOD-CONNECT", "CONNECT app.test:443 HTTP/1.1", Refusal),
    ("METHOD-CONNECT-PATH", "CONNECT /public/ HTTP/1.1", Refusal),
    ("METHOD-UNKNOWN", "FOO /public/ HTTP/1.1", Refusal),
    ("METHOD-NO-TOKEN", "G(T /public/ HTTP/1.1", Refusal),
    ("METHOD-PRI", "PRI * HTTP/2.0", Refusal),
    ("AUTHORITY-FORM", "GET app.test/public/ HTTP/1.1", Refusal),
    (
        "ABSOLUTE-FORM",
        "GET http://app.test/public/ HTTP/1.1",
        Service,
    ),
    (
        "ABSOLUTE-FORM-OTHER-HOST",
        "GET http://open.test/public/ HTTP/1.1",
        Refusal,
    ),
    (
        "ABSOLUTE-FORM-USERINFO",
        "GET http://a@app.test/public/ HTTP/1.1",
        Refusal,
    ),
    ("NUL-IN-URL", "GET /public/\0 HTTP/1.1", Refusal),
    ("CONTROL-IN-URL", "GET /public/\x01 HTTP/1.1", Refusal),
    ("BACKSLASH-IN-URL", "GET /public\\x HTTP/1.1", Refusal),
    ("NON-ASCII-URL", "GET /public/\u{e4} HTTP/1.1", Refusal),
    ("URL-OVERLONG-UTF8", "GET /public/%c0%af HTTP/1.1", Refusal),
    ("URL-PERCENT-NULL", "GET /public/%00 HTTP/1.1", Refusal),
    (
        "URL-PERCENT-CRLF",
        "GET /public/%0d%0aX:y HTTP/1.1",
        Refusal,
    ),
    ("URL-BROKEN-ESCAPE", "GET /public/%zz HTTP/1.1", Refusal),
    ("CR-IN-REQUEST-LINE", "GET /public/\rx HTTP/1.1", Refusal),
    ("PLAIN", "GET /public/ HTTP/1.1", Service),
    ("QUERY", "GET /public/?a=b&c=%00 HTTP/1.1", Service),
    ("UNUSUAL-PERCENT", "GET /public/%C3%A4 HTTP/1.1", Service),
];

/// Header lines, after `Host`.
const FIELDS: &[(&str, &str, Due)] = &[
    ("SP-BEFORE-COLON", "X : y", Refusal),
    ("TAB-IN-NAME", "X\tY: z", Refusal),
    ("EMPTY-HEADER-NAME", ": y", Refusal),
    ("INVALID-HEADER-NAME", "X[Y]: z", Refusal),
    ("HEADER-NO-COLON", "X", Refusal),
    ("OBS-FOLD", "X: y\r\n z", Refusal),
    ("OBS-FOLD-TAB", "X: y\r\n\tz", Refusal),
    ("BARE-CR-HEADER-VALUE", "X: y\rZ: z", Refusal),
    ("BARE-CR-BEFORE-NAME", "X: y\r\n\rZ: z", Refusal),
    ("BARE-LF-HEADER", "X: y\nZ: z", Refusal),
    ("NUL-IN-HEADER-VALUE", "X: y\0z", Refusal),
    ("CONTROL-CHARS-HEADER", "X: y\x01z", Refusal),
    ("DEL-IN-HEADER", "X: y\x7fz", Refusal),
    ("NON-ASCII-HEADER-NAME", "X\u{e4}: y", Refusal),
    ("DUPLICATE-HOST", "Host: open.test", Refusal),
    ("DUPLICATE-HOST-SAME", "Host: app.test", Refusal),
    ("DUPLICATE-HOST-CASE", "hOST: open.test", Refusal),
    ("CL-NON-NUMERIC", "Content-Length: x", Refusal),
    ("CL-SPACE-BEFORE-COLON", "Content-Length : 0", Refusal),
    (
        "CL-OVERFLOW",
        "Content-Length: 99999999999999999999999",
        Refusal,
    ),
    ("CL-TAB-NUMBER", "Content-Length: 0\t0", Refusal),
    ("TE-SP-BEFORE-COLON", "Transfer-Encoding : chunked", Refusal),
    ("TE-UNKNOWN", "Transfer-Encoding: unknown", Refusal),
    ("TE-OBS-FOLD", "Transfer-Encoding:\r\n chunked", Refusal),
    ("EXPECT-UNKNOWN", "Expect: 200-ok", Service),
    (
        "DUPLICATE-CT",
        "Content-Type: a/b\r\nContent-Type: c/d",
        Service,
    ),
    ("COOKIE-OVERSIZED", "@LONG@", Refusal),
    ("COOKIE-EMPTY", "Cookie: ", Service),
    ("COOKIE-MALFORMED", "Cookie: ;;=; =x; a=\"b; c=d=e", Service),
    ("COOKIE-NUL", "Cookie: a=\0", Refusal),
    ("COOKIE-CONTROL", "Cookie: a=\x02b", Refusal),
    ("COOKIE-MANY-PAIRS", "@PAIRS@", Service),
    ("COOKIE-TWO-LINES", "Cookie: a=b\r\nCookie: c=d", Service),
    ("RANGE-MANY", "Range: bytes=0-1,2-3,4-5,6-7", Service),
    (
        "CONNECTION-ODD",
        "Connection: \u{201c}close\u{201d}",
        Refusal,
    ),
];

/// `Host` lines.
const HOSTS: &[(&str, &str, Due)] = &[
    ("MISSING-HOST", "X: y", Refusal),
    ("HOST-EMPTY-VALUE", "Host:", Refusal),
    ("HOST-WITH-USERINFO", "Host: a@app.test", Refusal),
    ("HOST-WITH-PATH", "Host: app.test/public/", Refusal),
    ("HOST-COMMA", "Host: app.test, open.test", Refusal),
    ("HOST-SPACE", "Host: app.test open.test", Refusal),
    ("HOST-PORT-ODD", "Host: app.test:x", Refusal),
    ("HOST-FOLDED", "Host:\r\n app.test", Refusal),
    ("HOST-SP-BEFORE-COLON", "Host : app.test", Refusal),
    ("WHITESPACE-BEFORE-HEADERS", " Host: app.test", Refusal),
    ("HOST-CASE", "hOsT: App.Test", Service),
];

/// Whole messages.
const WHOLE: &[(&str, &[u8], Due)] = &[
    (
        "BARE-LF-REQUEST-LINE",
        b"GET /public/ HTTP/1.1\nHost: app.test\r\n\r\n",
        Refusal,
    ),
    (
        "BARE-LF-EVERYWHERE",
        b"GET /public/ HTTP/1.1\nHost: app.test\n\n",
        Refusal,
    ),
    (
        "CR-ONLY-LINE-ENDING",
        b"GET /public/ HTTP/1.1\rHost: app.test\r\r\n\r\n",
        Refusal,
    ),
    (
        "LEADING-CRLF",
        b"\r\nGET /public/ HTTP/1.1\r\nHost: app.test\r\n\r\n",
        Service,
    ),
    (
        "BINARY-GARBAGE",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        Refusal,
    ),
    ("SSH-BANNER", b"SSH-2.0-x\r\n\r\n", Refusal),
    ("SMTP", b"EHLO app.test\r\n\r\n", Refusal),
    ("H2-PREFACE", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal),
    (
        "HTTP10-PLAIN",
        b"GET /public/ HTTP/1.0\r\nHost: app.test\r\n\r\n",
        Service,
    ),
    ("HTTP10-NO-HOST", b"GET /public/ HTTP/1.0\r\n\r\n", Refusal),
    (
        "POST-CL-BODY",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nhello",
        Service,
    ),
    (
        "POST-CL-ZERO",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n",
        Service,
    ),
    (
        "POST-NO-CL-NO-TE",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\n\r\n",
        Service,
    ),
    (
        "GET-WITH-CL-BODY",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nhello",
        Service,
    ),
    (
        "HEAD-WITH-BODY",
        b"DELETE /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nhello",
        Service,
    ),
    (
        "CHUNKED-MULTI",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\
              5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
        Service,
    ),
    (
        "CHUNKED-EMPTY",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        Service,
    ),
    (
        "CHUNKED-TRAILER-VALID",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\
              5\r\nhello\r\n0\r\nX-Sum: y\r\n\r\n",
        Service,
    ),
    (
        "CHUNKED-EXTENSION",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\
              5;a=\"b c\"\r\nhello\r\n0\r\n\r\n",
        Service,
    ),
    (
        "GET-CHUNKED",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\
              5\r\nhello\r\n0\r\n\r\n",
        Service,
    ),
    (
        "UPGRADE-POST",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\n\
              Upgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        Service,
    ),
    (
        "UPGRADE-MISSING-CONN",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nUpgrade: websocket\r\n\r\n",
        Service,
    ),
    (
        "UPGRADE-UNKNOWN",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: x/1\r\n\r\n",
        Service,
    ),
    (
        "NON-ASCII-VALUE",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nX: \xff\xfe\r\n\r\n",
        Service,
    ),
    (
        "NON-ASCII-HOST",
        b"GET /public/ HTTP/1.1\r\nHost: app\xff.test\r\n\r\n",
        Refusal,
    ),
];

fn fill(text: &str) -> String {
    let pairs: Vec<String> = (0..200).map(|n| format!("n{n}=v")).collect();
    text.replace("@LONG@", &format!("Cookie: a={}", "b".repeat(100 * 1024)))
        .replace("@PAIRS@", &format!("Cookie: {}", pairs.join("; ")))
}

/// Every probe: its name, its bytes and what is due.
fn probes() -> Vec<(&'static str, Vec<u8>, Due)> {
    let mut probes = Vec::new();
    for (name, line, due) in LINES {
        let text = format!("{line}\r\nHost: app.test\r\n\r\n");
        probes.push((*name, text.into_bytes(), *due));
    }
    for (name, field, due) in FIELDS {
        let text = format!(
            "GET /public/ HTTP/1.1\r\nHost: app.test\r\n{}\r\n\r\n",
            fill(field)
        );
        probes.push((*name, text.into_bytes(), *due));
    }
    for (name, host, due) in HOSTS {
        let text = format!("GET /public/ HTTP/1.1\r\n{host}\r\n\r\n");
        probes.push((*name, text.into_bytes(), *due));
    }
    probes.extend(
        WHOLE
            .iter()
            .map(|(name, bytes, due)| (*name, bytes.to_vec(), *due)),
    );
    let long = [
        (
            "LONG-URL",
            format!(
                "GET /public/{} HTTP/1.1\r\nHost: app.test\r\n\r\n",
                "a".repeat(70_000)
            ),
        ),
        (
            "LONG-METHOD",
            format!(
                "{} /public/ HTTP/1.1\r\nHost: app.test\r\n\r\n",
                "A".repeat(100_000)
            ),
        ),
        (
            "LONG-HEADER-VALUE",
            format!(
                "GET /public/ HTTP/1.1\r\nHost: app.test\r\nX: {}\r\n\r\n",
                "a".repeat(100_000)
            ),
        ),
        (
            "LONG-HEADER-NAME",
            format!(
                "GET /public/ HTTP/1.1\r\nHost: app.test\r\n{}: y\r\n\r\n",
                "a".repeat(100_000)
            ),
        ),
        (
            "MANY-HEADERS",
            format!(
                "GET /public/ HTTP/1.1\r\nHost: app.test\r\n{}\r\n",
                "X: y\r\n".repeat(10_000)
            ),
        ),
    ];
    probes.extend(long.map(|(name, text)| (name, text.into_bytes(), Refusal)));
    probes
}

/// One request at the app, nothing beside it, and one answer.
#[track_caller]
fn served(house: &House, name: &str, bytes: &[u8]) {
    house.upstream.forget();
    let mut stream = wire::connect(house.server.port()).unwrap();
    stream.write_all(bytes).unwrap();
    let answer = wire::read_answer(&mut stream);
    assert_eq!(answer.map(|answer| answer.status), Some(200), "{name}");
    let seen = house.upstream.only();
    assert!(seen.target.starts_with("/public/"), "{name}: {seen:?}");
    let framings =
        seen.headers.all("content-length").len() + seen.headers.all("transfer-encoding").len();
    assert!(framings <= 1, "{name}: {seen:?}");
    assert_eq!(
        house.upstream.bytes().concat().len(),
        seen.raw.len(),
        "{name}"
    );
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        rest.is_empty(),
        "{name}: {}",
        String::from_utf8_lossy(&rest)
    );
    next_is_clean(house);
}

#[test]
fn smg_01_every_known_probe_is_refused_or_served_as_one_request() {
    let house = House::start();
    for (name, bytes, due) in probes() {
        match due {
            Refusal => {
                refused(&house, &bytes);
            }
            Service => served(&house, name, &bytes),
        }
    }
    let logs = house.server.logs();
    assert!(!logs.contains("panicked"), "{logs}");
}

#[test]
fn smg_01_a_body_that_never_ends_is_never_a_whole_request() {
    let house = House::start();
    for bytes in [
        &b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\nhello"[..],
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9000000000\r\n\r\n",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"POST /public/ HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\n",
    ] {
        let mut stream = wire::connect(house.server.port()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let status = wire::read_answer(&mut stream).map(|answer| answer.status);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
        for seen in house.upstream.requests() {
            let whole = seen.body.len() >= 10 || seen.raw.ends_with(b"0\r\n\r\n");
            assert!(!whole, "{seen:?}");
        }
        house.upstream.forget();
    }
    next_is_clean(&house);
}
