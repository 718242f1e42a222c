//! Bytes that two readers could take in two ways: names of header fields, and framed bodies.

use http::HeaderName;

use crate::gateway::assertion::Strip;
use crate::gateway::guard::ChunkScan;

/// What apps take for the word of a proxy, as CGI, WSGI and PHP name it.
const TAKEN: &[&str] = &[
    "REMOTE_USER",
    "REMOTE_EMAIL",
    "X_REMOTE_USER",
    "X_AUTH_USER",
    "X_AUTH_GROUPS",
    "X_FORWARDED_USER",
    "X_FORWARDED_FOR",
    "X_FORWARDED_HOST",
    "X_FORWARDED_PROTO",
    "X_FORWARDED_URI",
    "FORWARDED",
    "X_REAL_IP",
    "X_ORIGINAL_URL",
    "X_REWRITE_URL",
    "X_HTTP_METHOD_OVERRIDE",
    "DOORWARD_ASSERTION",
    "SSL_CLIENT_VERIFY",
    "PROXY",
];

/// Lines of header names: none that passes is a proxy's to whoever folds names, and no spelling of a
/// name that is removed passes.
pub(super) fn header_folding(input: &[u8]) {
    let strip = Strip::new(&[], "https://auth.test");
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(name) = HeaderName::from_bytes(line) else {
            continue;
        };
        let name = name.as_str();
        let kept = !strip.removes(name);
        let folded: String = name
            .chars()
            .map(|sign| {
                if sign.is_ascii_alphanumeric() {
                    sign.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        let plain = folded.strip_prefix("HTTP_").unwrap_or(&folded);
        assert!(!(kept && TAKEN.contains(&plain)), "{name}");
        let twin = folded.to_ascii_lowercase().replace('_', "-");
        assert!(!(kept && strip.removes(&twin)), "{name} and {twin}");
    }
}

/// A chunked body: in one piece and byte by byte it is judged alike, and what passes is the same
/// body to a reader who goes by the letter and to one who takes any line end.
pub(super) fn chunked(input: &[u8]) {
    let mut whole = ChunkScan::default();
    let own = whole.feed(input);
    let fine = own.is_some();
    let mut single = ChunkScan::default();
    let each = input.iter().all(|byte| single.feed(&[*byte]).is_some());
    assert_eq!((fine, whole.is_over()), (each, single.is_over()));
    if fine && whole.is_over() {
        let strict = decode(input, b"\r\n");
        let behind = strict.as_ref().map(|(_, behind)| input.len() - behind);
        assert_eq!(behind, own, "{}", input.escape_ascii());
        assert_eq!(strict, decode(input, b"\n"), "{}", input.escape_ascii());
    }
}

/// The content, and how many bytes follow the body.
fn decode(mut rest: &[u8], line_end: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut content = Vec::new();
    loop {
        let line = take_line(&mut rest, line_end)?;
        let size = line.split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?.trim(), 16).ok()?;
        if size == 0 {
            while !take_line(&mut rest, line_end)?.trim_ascii().is_empty() {}
            return Some((content, rest.len()));
        }
        content.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?;
        if !take_line(&mut rest, line_end)?.trim_ascii().is_empty() {
            return None;
        }
    }
}

fn take_line<'a>(rest: &mut &'a [u8], line_end: &[u8]) -> Option<&'a [u8]> {
    let end = rest
        .windows(line_end.len())
        .position(|window| window == line_end)?;
    let line = rest.get(..end)?;
    *rest = rest.get(end + line_end.len()..)?;
    Some(line)
}
