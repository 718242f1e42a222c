//! A strict look at the bytes of a chunked body as they arrive (RFC 9112 7.1): what two readers
//! could frame differently ends the connection.
//!
//! The parser behind this takes an empty size for zero and any byte, a bare line feed included,
//! inside an extension.

/// 16^12 bytes are more than any disk holds, and far from every overflow.
const MAX_DIGITS: usize = 12;
/// All extensions of a body together; nobody is known to send any.
const MAX_EXTENSIONS: usize = 4 * 1024;
/// The trailer section, which goes no further than this.
const MAX_TRAILERS: usize = 8 * 1024;

/// The state of one body.
#[derive(Debug, Default)]
pub struct ChunkScan {
    place: Place,
    /// What is left of the current chunk.
    left: u64,
    /// Digits of the current size, or bytes of the current trailer line.
    count: usize,
    extensions: usize,
    trailers: usize,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Size,
    /// After a semicolon, where a name has to begin.
    ExtensionName,
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    Trailer,
    TrailerEnd,
    Over,
    Malformed,
}

impl ChunkScan {
    /// Looks at the next bytes; how many of them are the body's, or `None` when they can be read in
    /// more than one way.
    pub fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.is_over() {
            return Some(0);
        }
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if self.place == Place::Data {
                let here =
                    usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()));
                self.left -= here as u64;
                if self.left == 0 {
                    self.place = Place::DataReturn;
                }
                rest = rest.get(here..).unwrap_or_default();
                continue;
            }
            self.place = self.next(*byte);
            match self.place {
                Place::Over => return Some(bytes.len() - after.len()),
                Place::Malformed => return None,
                Place::Size
                | Place::ExtensionName
                | Place::Extension
                | Place::SizeEnd
                | Place::Data
                | Place::DataReturn
                | Place::DataEnd
                | Place::Trailer
                | Place::TrailerEnd => rest = after,
            }
        }
        (self.place != Place::Malformed).then_some(bytes.len())
    }

    /// Whether the body has ended.
    pub fn is_over(&self) -> bool {
        self.place == Place::Over
    }

    fn next(&mut self, byte: u8) -> Place {
        match (self.place, byte) {
            (Place::Size, byte) => self.size(byte),
            (Place::ExtensionName | Place::Extension, byte) => self.extension(byte),
            (Place::SizeEnd, b'\n') => {
                self.count = 0;
                if self.left == 0 {
                    Place::Trailer
                } else {
                    Place::Data
                }
            }
            (Place::DataReturn, b'\r') => Place::DataEnd,
            (Place::DataEnd, b'\n') => Place::Size,
            (Place::Trailer, byte) => self.trailer(byte),
            (Place::TrailerEnd, b'\n') if self.count == 0 => Place::Over,
            (Place::TrailerEnd, b'\n') => {
                self.count = 0;
                Place::Trailer
            }
            (Place::Over, _) => Place::Over,
            (
                Place::SizeEnd
                | Place::Data
                | Place::DataReturn
                | Place::DataEnd
                | Place::TrailerEnd
                | Place::Malformed,
                _,
            ) => Place::Malformed,
        }
    }

    fn size(&mut self, byte: u8) -> Place {
        let digit = char::from(byte).to_digit(16);
        match (digit, byte) {
            (Some(digit), _) if self.count < MAX_DIGITS => {
                self.count += 1;
                self.left = self.left << 4 | u64::from(digit);
                Place::Size
            }
            (None, b'\r') if self.count > 0 => Place::SizeEnd,
            (None, b';') if self.count > 0 => Place::ExtensionName,
            (Some(_) | None, _) => Place::Malformed,
        }
    }

    fn extension(&mut self, byte: u8) -> Place {
        self.extensions += 1;
        let named = self.place == Place::Extension;
        match byte {
            _ if self.extensions > MAX_EXTENSIONS => Place::Malformed,
            b'\r' if named => Place::SizeEnd,
            b';' if named => Place::ExtensionName,
            b' ' | b'\t' => self.place,
            b'\r' | b';' => Place::Malformed,
            byte if byte.is_ascii_graphic() || byte >= 0x80 => Place::Extension,
            _ => Place::Malformed,
        }
    }

    fn trailer(&mut self, byte: u8) -> Place {
        self.trailers += 1;
        match byte {
            _ if self.trailers > MAX_TRAILERS => Place::Malformed,
            // A line without a name: to some readers the end, to others more of the line before.
            b' ' | b'\t' | b':' if self.count == 0 => Place::Malformed,
            b'\r' => Place::TrailerEnd,
            byte if byte == b'\t' || byte >= b' ' && byte != 0x7f => {
                self.count += 1;
                Place::Trailer
            }
            _ => Place::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether the body is read in one way, and whether it is over.
    fn scan(bytes: &[u8]) -> (bool, bool) {
        let mut scan = ChunkScan::default();
        let fine = scan.feed(bytes).is_some();
        (fine, scan.is_over())
    }

    #[test]
    fn bodies_as_programs_send_them_pass() {
        for body in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "A\r\n0123456789\r\n0a\r\n0123456789\r\n000\r\n\r\n",
            "5;name=value;other=\"x y\"\r\nhello\r\n0;last\r\n\r\n",
            "1\r\n\n\r\n0\r\nX-Sum: 5\r\nY: a\tb\r\n\r\n",
            "0\r\n\r\nGET / HTTP/1.1\r\n",
        ] {
            assert_eq!(scan(body.as_bytes()), (true, true), "{body:?}");
        }
    }

    #[test]
    fn smg_09_smg_10_smg_11_what_is_framed_in_two_ways_is_malformed() {
        for body in [
            "\r\n",
            ";\r\n",
            ";a=b\r\n",
            " 5\r\nhello\r\n",
            "5 \r\nhello\r\n",
            "5 ;a\r\nhello\r\n",
            "+5\r\nhello\r\n",
            "-1\r\n",
            "0x5\r\nhello\r\n",
            "1_0\r\n",
            "5;\r\nhello\r\n",
            "5;\nhello\r\n0\r\n\r\n",
            "5;a\nb\r\n",
            "5;\0\r\n",
            "5;a\rb\r\n",
            "5;a;;b\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5\rhello\r\n",
            "5\r\nhello0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhelloxx0\r\n\r\n",
            "ffffffffffffffff\r\na",
            "7fffffffffffffff\r\na",
            "00000000000000005\r\nhello\r\n",
            "0\r\n\n",
            "0\r\nX: a\nY: b\r\n\r\n",
            "0\r\nX: a\0\r\n\r\n",
            "0\r\n\rx",
            "0\r\n \r\n\r\n",
            "0\r\nX: a\r\n b\r\n\r\n",
        ] {
            assert_eq!(scan(body.as_bytes()), (false, false), "{body:?}");
        }
        let long = format!("5;{}\r\nhello\r\n", "a".repeat(64 * 1024));
        assert!(!scan(long.as_bytes()).0);
        let many = "1;abcdefgh\r\nx\r\n".repeat(1000);
        assert!(!scan(many.as_bytes()).0);
        let trailers = format!("0\r\n{}\r\n", "X: y\r\n".repeat(2000));
        assert!(!scan(trailers.as_bytes()).0);
    }

    proptest! {
        #[test]
        fn cutting_a_body_does_not_change_what_it_is(
            body in prop::collection::vec(prop::sample::select(b"0125;a\r\n \n".to_vec()), 0..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let at = cut.index(body.len() + 1);
            let mut parts = ChunkScan::default();
            let fine = parts.feed(&body[..at]).is_some() && parts.feed(&body[at..]).is_some();
            prop_assert_eq!((fine, parts.is_over()), scan(&body));
        }
    }
}
