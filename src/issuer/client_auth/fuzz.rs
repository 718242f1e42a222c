//! How clients say who they are, with what must hold of it.

#![expect(
    clippy::missing_panics_doc,
    reason = "to panic when a promise is broken is what these are for"
)]

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};

use super::subject::is_named;
use super::{Caller, Proof, read_one};
use crate::model::client::TlsSubject;
use crate::web::Params;

/// An `Authorization` header (none when empty) and a form: one method at most, which names a client,
/// and no other than the form does.
pub fn client_authentication(authorization: &[u8], form: &[u8]) {
    let Ok(params) = Params::parse(form) else {
        return;
    };
    // The endpoints refuse such a form before anybody reads it.
    if params.duplicate(&[]).is_some() {
        return;
    }
    let mut headers = HeaderMap::new();
    if !authorization.is_empty() {
        let Ok(value) = HeaderValue::from_bytes(authorization) else {
            return;
        };
        headers.insert(AUTHORIZATION, value);
    }
    let by_header = !headers.is_empty();
    let caller = Caller {
        headers,
        method: Method::POST,
        certificate: None,
    };
    let Ok(found) = read_one(&caller, &params) else {
        return;
    };
    let Some((_, presented)) = found else {
        assert!(!by_header, "a header that nobody read");
        return;
    };
    assert!(
        !presented.client.as_str().is_empty(),
        "a client without a name"
    );
    if let Some(said) = params.find("client_id") {
        assert_eq!(said, presented.client.as_str());
    }
    match presented.proof {
        Proof::Secret(secret) => {
            assert!(!secret.expose_secret().is_empty(), "an empty secret");
            assert_ne!(by_header, params.find("client_secret").is_some());
        }
        Proof::Assertion(text) => {
            assert!(!by_header && params.find("client_secret").is_none());
            assert!(
                params
                    .values("client_assertion")
                    .eq([text.expose_secret().as_str()])
            );
        }
        Proof::Identity => {
            assert!(!by_header && params.find("client_secret").is_none());
            assert!(!params.has("client_assertion"));
        }
    }
}

/// A certificate and whom a client registered: every form is looked for, and none is found in bytes
/// that are no certificate.
pub fn subject_name(name: &str, certificate: &[u8]) {
    let of = |make: fn(String) -> TlsSubject| is_named(certificate, &make(name.to_owned()));
    let found = [
        of(TlsSubject::SubjectDn),
        of(TlsSubject::SanDns),
        of(TlsSubject::SanUri),
        of(TlsSubject::SanEmail),
        of(TlsSubject::SanIp),
    ];
    // DER begins with the tag of a sequence.
    let sequence = certificate.first() == Some(&0x30);
    assert!(sequence || !found.contains(&true), "{name}");
}
