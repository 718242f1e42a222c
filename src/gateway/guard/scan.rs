//! A strict look at the bytes of a request's head as they arrive: where it ends, and what the
//! parser behind it would let pass.

use http::StatusCode;

use crate::gateway::target::{MAX_HEAD, MAX_TARGET};

/// Request line: method, target, version and two spaces.
const MAX_LINE: usize = MAX_TARGET + 64;
/// Header fields, of which the library reads 256.
const MAX_FIELDS: usize = 200;

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The head goes on.
    More,
    /// The head is complete.
    Complete,
    /// The head is refused.
    Refused(StatusCode),
}

/// The state of one head.
#[derive(Debug, Default)]
pub struct HeadScan {
    total: usize,
    /// Bytes of the current line so far.
    line: usize,
    /// Lines finished, the request line included.
    lines: usize,
    spaces: u8,
    previous: u8,
    /// One empty line is allowed before a request (RFC 9112 2.2).
    led: bool,
}

impl HeadScan {
    /// Whether any byte has been seen.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Looks at the next bytes; those after the end of the head are not looked at.
    pub fn feed(&mut self, bytes: &[u8]) -> Scanned {
        let mut rest = bytes;
        loop {
            let end = memchr::memchr(b'\n', rest);
            let (line, tail) = rest
                .split_at_checked(end.unwrap_or(rest.len()))
                .unwrap_or_default();
            if let Some(refused) = self.take(line) {
                return refused;
            }
            if end.is_none() {
                return Scanned::More;
            }
            match self.finish_line() {
                Scanned::More => rest = tail.get(1..).unwrap_or_default(),
                done @ (Scanned::Complete | Scanned::Refused(_)) => return done,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Option<Scanned> {
        self.total += bytes.len();
        self.line += bytes.len();
        if self.lines == 0 {
            for byte in bytes {
                if let Some(refused) = self.take_request_line(*byte) {
                    return Some(refused);
                }
            }
            if self.line > MAX_LINE {
                return Some(Scanned::Refused(StatusCode::URI_TOO_LONG));
            }
        }
        if let Some(last) = bytes.last() {
            self.previous = *last;
        }
        (self.total > MAX_HEAD).then_some(Scanned::Refused(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ))
    }

    /// Visible ASCII and two spaces, nothing that a parser would have to repair (RFC 9112 3).
    fn take_request_line(&mut self, byte: u8) -> Option<Scanned> {
        let after_return = self.previous == b'\r' && self.line > 1;
        self.previous = byte;
        let fine = match byte {
            b' ' => {
                self.spaces += 1;
                self.spaces <= 2
            }
            // Ends the line or nothing; checked when the line does end.
            b'\r' => true,
            b'"' | b'<' | b'>' | b'#' => false,
            byte => byte.is_ascii_graphic(),
        };
        (!fine || after_return).then_some(Scanned::Refused(StatusCode::BAD_REQUEST))
    }

    fn finish_line(&mut self) -> Scanned {
        self.total += 1;
        // A bare line feed ends lines for some parsers and not for others.
        if self.line == 0 || self.previous != b'\r' {
            return Scanned::Refused(StatusCode::BAD_REQUEST);
        }
        let empty = self.line == 1;
        (self.line, self.previous) = (0, 0);
        if self.lines == 0 {
            return self.finish_request_line(empty);
        }
        self.lines += 1;
        if empty {
            return Scanned::Complete;
        }
        if self.lines > MAX_FIELDS {
            return Scanned::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        Scanned::More
    }

    fn finish_request_line(&mut self, empty: bool) -> Scanned {
        if empty && !self.led {
            self.led = true;
            return Scanned::More;
        }
        if self.spaces != 2 {
            return Scanned::Refused(StatusCode::BAD_REQUEST);
        }
        self.lines = 1;
        Scanned::More
    }
}
