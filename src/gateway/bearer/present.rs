//! How a request presents a token to a route: once, in the header (RFC 6750 2.1). Never in the
//! query, which is logged, and never in a form, which is the app's to read.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::refuse::Refused;
use crate::tokens::dpop::HEADER;
use crate::web::{Scheme, Unpresented, access_token};

/// A token that a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct Presented<'a> {
    pub(super) scheme: Scheme,
    pub(super) token: &'a str,
}

/// The token of a request; `None` when it presents none, though it may hold credentials of another
/// scheme, which are the app's.
pub(super) fn presented(headers: &HeaderMap) -> Result<Option<Presented<'_>>, Refused> {
    let mut found = None;
    let mut lines = 0;
    for line in headers.get_all(AUTHORIZATION) {
        lines += 1;
        match access_token(line) {
            Ok((scheme, token)) => found = Some(Presented { scheme, token }),
            Err(Unpresented::OtherScheme) => {}
            Err(Unpresented::Malformed) => return Err(Refused::Malformed),
        }
    }
    match found {
        // A second line is somebody else's idea of who asks.
        Some(_) if lines > 1 => Err(Refused::Malformed),
        found => Ok(found),
    }
}

/// The one proof that comes with a request (RFC 9449 4.3).
pub(super) fn proof(headers: &HeaderMap) -> Result<&[u8], Refused> {
    let mut lines = headers.get_all(HEADER).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => Ok(line.as_bytes()),
        (None | Some(_), _) => Err(Refused::Proof),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn a_token_is_presented_once_and_other_credentials_are_none() {
        let other: [&[&[u8]]; 3] = [&[], &[b"Basic YWRhOng="], &[b"Negotiate YII=", b"Basic x"]];
        for lines in other {
            assert_eq!(presented(&headers(lines)).unwrap(), None, "{lines:?}");
        }
        for (line, scheme) in [
            (&b"Bearer a.b-c"[..], Scheme::Bearer),
            (b"bEARER a.b-c", Scheme::Bearer),
            (b"DPoP a.b-c", Scheme::Dpop),
        ] {
            let headers = headers(&[line]);
            let presented = presented(&headers).unwrap().unwrap();
            assert_eq!((presented.scheme, presented.token), (scheme, "a.b-c"));
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for lines in [
            &[&b"Bearer"[..]][..],
            &[b"Bearer "],
            &[b"Bearer  a"],
            &[b"Bearer a b"],
            &[b"Bearer a,b"],
            &[b"Bearer \xff"],
            &[b"Bearer a", b"Bearer a"],
            &[b"Bearer a", b"Basic x"],
            &[b"Basic x", b"DPoP a"],
        ] {
            assert!(
                matches!(presented(&headers(lines)), Err(Refused::Malformed)),
                "{lines:?}"
            );
        }
    }
}
