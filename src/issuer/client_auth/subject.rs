//! Whom a certificate names (RFC 8705 2.1.2): its distinguished name, or one of its alternative
//! names, compared with what the client registered.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use crate::model::client::TlsSubject;

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

/// Whether the certificate `der` names `subject`.
pub fn is_named(der: &[u8], subject: &TlsSubject) -> bool {
    let Ok((rest, certificate)) = X509Certificate::from_der(der) else {
        return false;
    };
    if !rest.is_empty() {
        return false;
    }
    match subject {
        TlsSubject::SubjectDn(dn) => {
            let registered = parse(dn);
            registered.is_some_and(|registered| of_certificate(&certificate) == Some(registered))
        }
        TlsSubject::SanDns(name) => has(
            &certificate,
            |one| matches!(one, GeneralName::DNSName(dns) if dns.eq_ignore_ascii_case(name)),
        ),
        TlsSubject::SanUri(uri) => has(
            &certificate,
            |one| matches!(one, GeneralName::URI(own) if own == uri),
        ),
        TlsSubject::SanEmail(email) => has(
            &certificate,
            |one| matches!(one, GeneralName::RFC822Name(own) if own == email),
        ),
        TlsSubject::SanIp(ip) => {
            let Ok(ip) = ip.parse::<IpAddr>() else {
                return false;
            };
            let octets = match ip {
                IpAddr::V4(ip) => ip.octets().to_vec(),
                IpAddr::V6(ip) => ip.octets().to_vec(),
            };
            has(
                &certificate,
                |one| matches!(one, GeneralName::IPAddress(own) if *own == octets),
            )
        }
    }
}

fn has(certificate: &X509Certificate<'_>, is: impl Fn(&GeneralName<'_>) -> bool) -> bool {
    let names = certificate.subject_alternative_name().ok().flatten();
    names.is_some_and(|names| names.value.general_names.iter().any(is))
}

/// A name as RFC 4514 writes it, the last first: relative names, each a sorted set of types (as
/// OIDs) and values as they are compared.
type Dn = Vec<Vec<(String, String)>>;

fn of_certificate(certificate: &X509Certificate<'_>) -> Option<Dn> {
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
    Some(dn)
}

/// Reads a name as RFC 4514 2 writes it; `None` for one that cannot be read.
fn parse(text: &str) -> Option<Dn> {
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
            let dotted = name.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !name.is_empty();
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
    Some(dn)
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
    use rcgen::string::Ia5String;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["rp.example.com".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "CZ");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Acme, Inc.");
        params
            .distinguished_name
            .push(DnType::CommonName, "Shop  One");
        let ia5 = |text: &str| Ia5String::try_from(text).unwrap();
        params.subject_alt_names.extend([
            SanType::URI(ia5("urn:rp:shop")),
            SanType::Rfc822Name(ia5("shop@example.com")),
            SanType::IpAddress("192.0.2.7".parse().unwrap()),
        ]);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_distinguished_name_is_compared_as_a_name_and_not_as_text() {
        let der = certificate();
        let named = |dn: &str| is_named(&der, &TlsSubject::SubjectDn(dn.to_owned()));
        for same in [
            r"CN=Shop One,O=Acme\, Inc.,C=CZ",
            r"cn=shop one, o=ACME\2C Inc., c=cz",
            r"2.5.4.3=Shop One,2.5.4.10=Acme\, Inc.,2.5.4.6=CZ",
        ] {
            assert!(named(same), "{same}");
        }
        for other in [
            "",
            "CN=Shop One",
            r"C=CZ,O=Acme\, Inc.,CN=Shop One",
            r"CN=Shop Two,O=Acme\, Inc.,C=CZ",
            "CN=Shop One,O=Acme, Inc.,C=CZ",
            r"CN=Shop One+O=Acme\, Inc.,C=CZ",
            r"CN=Shop One,O=Acme\, Inc.,C=CZ,C=CZ",
            r"CN=#04024869,O=Acme\, Inc.,C=CZ",
            r"XX=Shop One,O=Acme\, Inc.,C=CZ",
            r"CN=Shop One,O=Acme\, Inc.,C=CZ\",
        ] {
            assert!(!named(other), "{other}");
        }
    }

    #[test]
    fn an_alternative_name_is_of_its_own_kind() {
        let der = certificate();
        let text = str::to_owned;
        for (subject, named) in [
            (TlsSubject::SanDns(text("RP.example.com")), true),
            (TlsSubject::SanDns(text("example.com")), false),
            (TlsSubject::SanUri(text("urn:rp:shop")), true),
            (TlsSubject::SanUri(text("rp.example.com")), false),
            (TlsSubject::SanEmail(text("shop@example.com")), true),
            (TlsSubject::SanIp(text("192.0.2.7")), true),
            (TlsSubject::SanIp(text("192.0.2.8")), false),
            (TlsSubject::SanIp(text("rp.example.com")), false),
        ] {
            assert_eq!(is_named(&der, &subject), named, "{subject:?}");
        }
        assert!(!is_named(b"junk", &TlsSubject::SanDns(text("junk"))));
    }
}
