//! Paths: one spelling, or none.

use std::borrow::Cow;

use super::Refused;

/// The canonical form of an absolute path.
///
/// Escapes of characters that need none are removed, other escapes get upper-case digits
/// (RFC 3986 6.2.2). Everything whose meaning depends on the reader is refused: dot segments,
/// empty segments, encoded slashes, backslashes, semicolons, control characters, escapes within
/// escapes, overlong UTF-8.
pub fn canonical_path(raw: &str) -> Result<Cow<'_, str>, Refused> {
    if is_plainly_canonical(raw.as_bytes()) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut canon = Canon::new(raw.len());
    let mut bytes = raw.bytes();
    if bytes.next() != Some(b'/') {
        return Err(Refused::TargetForm);
    }
    canon.slash()?;
    while let Some(byte) = bytes.next() {
        match byte {
            b'/' => canon.slash()?,
            b'%' => {
                let high = bytes.next().and_then(hex_value);
                let low = bytes.next().and_then(hex_value);
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(Refused::PathEscape);
                };
                canon.escaped(high << 4 | low)?;
            }
            byte => canon.literal(byte)?,
        }
    }
    canon.finish(raw)
}

/// Nearly every real path: plain characters and no dot, which needs a closer look.
fn is_plainly_canonical(path: &[u8]) -> bool {
    let plain = path
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'~'));
    plain && path.first() == Some(&b'/') && !path.windows(2).any(|pair| pair == b"//")
}

/// The decoded bytes of a canonical path, which is what an upstream will make of it. Slashes are
/// separators only, as encoded ones are refused.
pub fn decoded(path: &str) -> impl Iterator<Item = u8> + '_ {
    let mut bytes = path.bytes();
    std::iter::from_fn(move || match bytes.next()? {
        b'%' => {
            let high = bytes.next().and_then(hex_value)?;
            let low = bytes.next().and_then(hex_value)?;
            Some(high << 4 | low)
        }
        byte => Some(byte),
    })
}

/// A query goes through as it is; it only must not hold what the wire does not allow.
pub(super) fn check_query(query: &str) -> Result<(), Refused> {
    let fine = query
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if fine {
        Ok(())
    } else {
        Err(Refused::QueryCharacter)
    }
}

struct Canon {
    out: String,
    /// Decoded length of the segment so far, and whether it is dots only.
    segment: usize,
    dots: bool,
    /// How much of an escape the decoded text spells: 0, 1 after `%`, 2 after `%` and a digit.
    nested: u8,
    /// The last decoded byte.
    previous: u8,
}

impl Canon {
    fn new(capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity),
            segment: 0,
            dots: true,
            nested: 0,
            previous: 0,
        }
    }

    fn slash(&mut self) -> Result<(), Refused> {
        if !self.out.is_empty() {
            if self.segment == 0 {
                return Err(Refused::PathSlash);
            }
            self.check_dots()?;
        }
        self.out.push('/');
        (self.segment, self.dots, self.nested, self.previous) = (0, true, 0, b'/');
        Ok(())
    }

    fn check_dots(&self) -> Result<(), Refused> {
        if self.dots && (self.segment == 1 || self.segment == 2) {
            return Err(Refused::PathDots);
        }
        Ok(())
    }

    fn literal(&mut self, byte: u8) -> Result<(), Refused> {
        match byte {
            b'\\' => return Err(Refused::PathSlash),
            b';' => return Err(Refused::PathParameter),
            0..=0x1f | 0x7f => return Err(Refused::PathControl),
            byte if !is_path_character(byte) => return Err(Refused::PathCharacter),
            byte => self.out.push(char::from(byte)),
        }
        self.note(byte)
    }

    fn escaped(&mut self, byte: u8) -> Result<(), Refused> {
        match byte {
            b'/' | b'\\' => return Err(Refused::PathSlash),
            b';' => return Err(Refused::PathParameter),
            0..=0x1f | 0x7f => return Err(Refused::PathControl),
            // Overlong UTF-8: how `/` and `.` were once smuggled past filters.
            0xc0 | 0xc1 => return Err(Refused::PathEscape),
            0x80..=0x9f if self.previous == 0xe0 => return Err(Refused::PathEscape),
            0x80..=0x8f if self.previous == 0xf0 => return Err(Refused::PathEscape),
            byte if is_unreserved(byte) => self.out.push(char::from(byte)),
            byte => {
                self.out.push('%');
                self.out.push(hex_digit(byte >> 4));
                self.out.push(hex_digit(byte & 0xf));
            }
        }
        self.note(byte)
    }

    /// Judges the decoded text: it must not spell an escape itself, as some upstreams decode twice.
    fn note(&mut self, byte: u8) -> Result<(), Refused> {
        self.nested = match (self.nested, byte) {
            (_, b'%') => 1,
            (1, byte) if byte.is_ascii_hexdigit() => 2,
            (2, byte) if byte.is_ascii_hexdigit() => return Err(Refused::PathTwiceEscaped),
            // `%u002e`, as some servers read it.
            (1, b'u' | b'U') => return Err(Refused::PathTwiceEscaped),
            _ => 0,
        };
        self.segment += 1;
        self.dots &= byte == b'.';
        self.previous = byte;
        Ok(())
    }

    fn finish(self, raw: &str) -> Result<Cow<'_, str>, Refused> {
        self.check_dots()?;
        Ok(if self.out == raw {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(self.out)
        })
    }
}

/// RFC 3986 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `pchar` of RFC 3986 3.3 without the semicolon, and the three that browsers leave as they are.
fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'!' | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@'
                | b'['
                | b']'
                | b'|'
        )
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}
