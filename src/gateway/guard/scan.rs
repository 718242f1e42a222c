//! A strict look at the bytes of a request's head as they arrive: where it ends, and what the
//! parser behind it would let pass.

use http::StatusCode;

use super::body::Body;
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
    /// What the current line begins with, which is enough for a name and a length.
    begin: [u8; 32],
    chunked: bool,
    tunnel: bool,
    length: Length,
    /// Bytes of the last call that came after the head.
    behind: usize,
}

/// What the head says about the length of its body.
#[derive(Clone, Copy, Debug, Default)]
enum Length {
    /// Nothing, so that there is none.
    #[default]
    Unsaid,
    Said(u64),
    /// Something that is no length; whoever judges the head refuses it.
    Odd,
}

impl HeadScan {
    /// Whether any byte has been seen.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The body that follows.
    pub(super) fn body(&self) -> Body {
        let length = match self.length {
            Length::Unsaid => Some(0),
            Length::Said(length) => Some(length),
            Length::Odd => None,
        };
        Body::of(self.chunked, length, self.tunnel)
    }

    /// How many of the bytes last looked at came after the end of the head.
    pub fn behind(&self) -> usize {
        self.behind
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
            rest = tail.get(1..).unwrap_or_default();
            self.behind = rest.len();
            match self.finish_line() {
                Scanned::More => {}
                done @ (Scanned::Complete | Scanned::Refused(_)) => return done,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Option<Scanned> {
        self.keep_begin(bytes);
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

    fn keep_begin(&mut self, bytes: &[u8]) {
        let room = self.begin.get_mut(self.line..).unwrap_or_default();
        for (kept, byte) in room.iter_mut().zip(bytes) {
            *kept = *byte;
        }
    }

    /// Notes what the line that ends here says about where the request ends.
    fn note_field(&mut self) {
        let begin = self.begin.get(..self.line).unwrap_or(&self.begin);
        let mut halves = begin.splitn(2, |byte| *byte == b':');
        let name = halves.next().unwrap_or_default();
        let value = halves.next().unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            // The one protocol that is ever switched to.
            self.tunnel |= value.eq_ignore_ascii_case(b"websocket");
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let plain = value.iter().all(u8::is_ascii_digit) && self.line <= self.begin.len();
            let number = std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse().ok());
            self.length = match number {
                Some(number) if plain => Length::Said(number),
                Some(_) | None => Length::Odd,
            };
        }
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
        if self.lines > 0 {
            self.note_field();
        }
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
