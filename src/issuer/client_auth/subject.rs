//! Whom a certificate names (RFC 8705 2.1.2): its distinguished name, or one of its alternative
//! names, compared with what the client registered.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use crate::keys::DistinguishedName;
use crate::model::client::TlsSubject;

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
            let registered = DistinguishedName::parse(dn);
            registered.is_some_and(|name| DistinguishedName::of(&certificate) == Some(name))
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
