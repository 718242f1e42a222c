//! Distinguished names: of certificates, and as people write them (RFC 4514).

use std::fmt;

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// The attribute types that RFC 4514 3 and common tools write by name.
const NAMES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
];

/// A distinguished name in the form in which it is compared: the last relative name first, each a
/// sorted set of types (as OIDs) and folded values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<Vec<(String, String)>>);

impl DistinguishedName {
    /// The subject of a certificate in DER; `None` when it is none, or has values that are no text.
    pub fn of_der(der: &[u8]) -> Option<Self> {
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Self::of(&certificate),
            Ok(_) | Err(_) => None,
        }
    }

    /// The subject of a certificate; `None` when it has values that are no text.
    pub fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let mut dn = Vec::new();
        for relative in certificate.subject().iter_rdn() {
            let mut set = Vec::new();
            for attribute in relative.iter() {
                let value = attribute.as_str().ok()?;
                set.push((attribute.attr_type().to_id_string(), compared(value)));
            }
            set.sort();
            dn.push(set);
        }
        dn.reverse();
        Some(Self(dn))
    }

    /// Reads a name as RFC 4514 2 writes it; `None` for one that cannot be read.
    pub fn parse(text: &str) -> Option<Self> {
        let mut dn = Vec::new();
        for relative in split(text, ',') {
            let mut set = Vec::new();
            for attribute in split(relative, '+') {
                let (name, value) = attribute.split_once('=')?;
                let (name, value) = (name.trim(), value.trim_start());
                // Values in BER have no text to compare.
                if value.starts_with('#') {
                    return None;
                }
                let known = NAMES.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
                let dotted =
                    name.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !name.is_empty();
                let oid = match known {
                    Some((_, oid)) => (*oid).to_owned(),
                    None if dotted => name.to_owned(),
                    None => return None,
                };
                set.push((oid, compared(&unescaped(value)?)));
            }
            set.sort();
            dn.push(set);
        }
        Some(Self(dn))
    }
}

impl fmt::Display for DistinguishedName {
    /// Near to RFC 4514, in folded letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, relative) in self.0.iter().enumerate() {
            for (m, (oid, value)) in relative.iter().enumerate() {
                let between = match (n, m) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                let known = NAMES.iter().find(|(_, own)| own == oid);
                let name = known.map_or(oid.as_str(), |(name, _)| name);
                let value = value
                    .replace('\\', r"\\")
                    .replace(',', r"\,")
                    .replace('+', r"\+");
                write!(f, "{between}{name}={value}")?;
            }
        }
        Ok(())
    }
}

/// The parts between separators that are not escaped.
fn split(text: &str, by: char) -> Vec<&str> {
    let (mut parts, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if c == by && !escaped {
            parts.push(text.get(from..at).unwrap_or_default());
            from = at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let first = rest.next()?;
        match char::from(first).to_digit(16) {
            Some(high) => {
                let low = char::from(rest.next()?).to_digit(16)?;
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            None => bytes.push(first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// RFC 4517 4.2.11, roughly: case and runs of spaces do not count.
fn compared(value: &str) -> String {
    let words: Vec<String> = value.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_as_it_can_be_read() {
        for text in [r"CN=Shop One,O=Acme\, Inc.,C=CZ", "CN=a+OU=b,1.2.3=c"] {
            let name = DistinguishedName::parse(text).unwrap();
            assert_eq!(DistinguishedName::parse(&name.to_string()), Some(name));
        }
    }
}
