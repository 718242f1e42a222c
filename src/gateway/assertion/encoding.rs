//! How facts about a person become bytes of a header, so that different facts never look the same.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::gateway::identity::Encoding;

/// What marks a value of RFC 8187 3.2.1.
const EXTENDED: &str = "UTF-8''";

impl Encoding {
    /// Whether `char` of a fact is written as the percent-encoded bytes of its UTF-8. Where anything
    /// but line ends is, `%` is too: so the text can be read back in one way only.
    fn escapes(self, char: char) -> bool {
        let foreign = match self {
            Self::Utf8 | Self::Rfc8187 => false,
            Self::Percent => char == '%' || !char.is_ascii(),
            Self::Latin1 => char == '%' || char > '\u{ff}',
        };
        foreign || breaks_lines(char)
    }

    /// A fact as text on one line; `more` names characters that would end it where it is going.
    pub(super) fn fact(self, text: &str, more: impl Fn(usize, char) -> bool) -> String {
        let mut out = String::with_capacity(text.len());
        for (at, char) in text.chars().enumerate() {
            if self.escapes(char) || more(at, char) {
                escape(char, &mut out);
            } else {
                out.push(char);
            }
        }
        out
    }

    /// The bytes of a whole value that was put together from facts.
    pub(super) fn bytes(self, text: String) -> Bytes {
        match self {
            Self::Utf8 | Self::Percent => Bytes::from(text),
            Self::Latin1 => text
                .chars()
                .map(|char| u8::try_from(char).unwrap_or(b'?'))
                .collect(),
            Self::Rfc8187 => Bytes::from(extended(text)),
        }
    }
}

/// RFC 8187 3.2.1, for what is not plain ASCII or could be taken for a value of this kind.
fn extended(text: String) -> String {
    let plain = text
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let taken = text.get(..EXTENDED.len());
    if plain && !taken.is_some_and(|start| start.eq_ignore_ascii_case(EXTENDED)) {
        return text;
    }
    let mut out = EXTENDED.to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Control characters of both sets and the Unicode line ends.
fn breaks_lines(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')
}

fn escape(char: char, out: &mut String) {
    let mut buffer = [0; 4];
    for byte in char.encode_utf8(&mut buffer).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(encoding: Encoding, text: &str) -> Vec<u8> {
        let fact = encoding.fact(text, |_, _| false);
        encoding.bytes(fact).to_vec()
    }

    #[test]
    fn each_encoding_says_the_same_name_in_its_own_way() {
        let name = "Jiří Müller 5%";
        for (encoding, bytes) in [
            (Encoding::Utf8, "Jiří Müller 5%".as_bytes()),
            (Encoding::Percent, b"Ji%C5%99%C3%AD M%C3%BCller 5%25"),
            (Encoding::Latin1, b"Ji%C5%99\xed M\xfcller 5%25"),
            (
                Encoding::Rfc8187,
                b"UTF-8''Ji%C5%99%C3%AD%20M%C3%BCller%205%25",
            ),
        ] {
            assert_eq!(sent(encoding, name), bytes, "{encoding:?}");
        }
        assert_eq!(sent(Encoding::Rfc8187, "alice b"), b"alice b");
        assert_eq!(sent(Encoding::Rfc8187, "utf-8''a"), b"UTF-8''utf-8%27%27a");
    }

    proptest::proptest! {
        #[test]
        fn two_names_never_look_the_same(one in "\\PC{0,6}", other in "\\PC{0,6}") {
            for encoding in [Encoding::Percent, Encoding::Latin1, Encoding::Rfc8187] {
                let same = sent(encoding, &one) == sent(encoding, &other);
                proptest::prop_assert_eq!(same, one == other);
            }
        }
    }
}
