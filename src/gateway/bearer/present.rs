//! How a request presents a token to a route: once, in the header (RFC 6750 2.1). Never in the
//! query, which is logged, and never in a form, which is the app's to read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::BearerSettings;
use super::refuse::Refused;
use crate::tokens::dpop::HEADER;
use crate::tokens::standing;
use crate::web::{Scheme, Unpresented, access_token};

/// Credentials longer than this are no password of ours.
const LONGEST: usize = 1024;

/// A token that a request presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Presented<'a> {
    /// One of an issuer's.
    Access(Access<'a>),
    /// One that looks like a standing token.
    Standing(&'a str),
    /// The same, as the password of somebody (RFC 7617): for programs that know nothing else. Whose
    /// name came with it does not matter, the token says who it is.
    Password(Zeroizing<String>),
}

/// An issuer's token that a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct Access<'a> {
    pub(super) scheme: Scheme,
    pub(super) token: &'a str,
}

/// The token of a request; `None` when it presents none, though it may hold credentials of another
/// scheme, which are the app's.
pub(super) fn presented<'a>(
    headers: &'a HeaderMap,
    settings: &BearerSettings,
) -> Result<Option<Presented<'a>>, Refused> {
    let mut found = None;
    let mut lines = 0;
    for line in headers.get_all(AUTHORIZATION) {
        lines += 1;
        match access_token(line) {
            Ok((Scheme::Bearer, token)) if standing::kind_of(token).is_some() => {
                found = Some(Presented::Standing(token));
            }
            Ok((scheme, token)) => found = Some(Presented::Access(Access { scheme, token })),
            Err(Unpresented::OtherScheme) if settings.takes_passwords() => {
                found = standing_password(line).map(Presented::Password).or(found);
            }
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

/// The password of `Basic` credentials, if it has the beginning of a standing token; any other is
/// the app's.
pub(in crate::gateway) fn standing_password(line: &HeaderValue) -> Option<Zeroizing<String>> {
    let (scheme, encoded) = line.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    standing::kind_of(password)?;
    Some(Zeroizing::new(password.to_owned()))
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

    fn presented(headers: &HeaderMap) -> Result<Option<Presented<'_>>, Refused> {
        let takes = BearerSettings {
            personal: true,
            ..BearerSettings::default()
        };
        super::presented(headers, &takes)
    }

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
            let access = Access {
                scheme,
                token: "a.b-c",
            };
            let presented = presented(&headers).unwrap();
            assert_eq!(presented, Some(Presented::Access(access)));
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

    #[test]
    fn a_standing_token_comes_by_itself_or_as_a_password() {
        let password = |text: &str| Presented::Password(Zeroizing::new(text.to_owned()));
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (line, expected) in [
            (
                "Bearer dw_pat_x".to_owned(),
                Presented::Standing("dw_pat_x"),
            ),
            (basic("ada:dw_pat_x"), password("dw_pat_x")),
            (basic(":dw_svc_x:y"), password("dw_svc_x:y")),
            (basic("\u{e9}:dw_pat_x"), password("dw_pat_x")),
        ] {
            let headers = headers(&[line.as_bytes()]);
            assert_eq!(presented(&headers).unwrap(), Some(expected));
            let nothing = BearerSettings::default();
            let elsewhere = super::presented(&headers, &nothing).unwrap();
            assert_eq!(elsewhere.is_some(), line.starts_with("Bearer"));
        }
        for line in [
            basic("ada:pw"),
            basic("dw_pat_x:"),
            basic("dw_pat_x"),
            basic(&format!("{}:dw_pat_x", "a".repeat(LONGEST))),
            "Basic ?".to_owned(),
            "Basic".to_owned() + " ",
        ] {
            let headers = headers(&[line.as_bytes()]);
            assert_eq!(presented(&headers).unwrap(), None, "{line}");
        }
        let two = [basic("ada:dw_pat_x"), basic("ada:pw")];
        let two = headers(&[two[0].as_bytes(), two[1].as_bytes()]);
        assert!(matches!(presented(&two), Err(Refused::Malformed)));
    }
}
