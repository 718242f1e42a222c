//! `client_secret_basic` (RFC 6749 2.3.1): id and secret form-encoded, then Basic.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::{Caller, Method, Presented, Proof};
use crate::base::Secret;
use crate::issuer::error::OAuthError;
use crate::model::ClientAuthMethod;
use crate::web::Params;

pub const METHOD: Method = Method {
    proves: &[
        ClientAuthMethod::ClientSecret,
        ClientAuthMethod::ClientSecretBasic,
    ],
    read,
};

fn read(caller: &Caller, params: &Params) -> Result<Option<Presented>, OAuthError> {
    let mut lines = caller.headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    // Any Authorization header is an attempt at this method: no other one uses it.
    let presented = lines
        .next()
        .is_none()
        .then(|| decode(line.as_bytes()))
        .flatten()
        .ok_or_else(|| OAuthError::invalid_client(true))?;
    if params
        .find("client_id")
        .is_some_and(|id| id != presented.client.as_str())
    {
        return Err(OAuthError::invalid_request(
            "client_id is not the client in the Authorization header.",
        ));
    }
    Ok(Some(presented))
}

fn decode(line: &[u8]) -> Option<Presented> {
    let (scheme, credentials) = line.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let pair = Zeroizing::new(String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?);
    let (id, secret) = pair.split_once(':')?;
    let (id, secret) = (form_decoded(id)?, form_decoded(secret)?);
    (!id.is_empty() && !secret.is_empty()).then(|| Presented {
        client: id.into(),
        proof: Proof::Secret(Secret::new(secret)),
    })
}

/// `None` for a broken escape: a secret is exact or wrong.
fn form_decoded(text: &str) -> Option<String> {
    let whole = text.split('%').skip(1).all(|after| {
        after
            .get(..2)
            .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    if !whole {
        return None;
    }
    let spaced = Zeroizing::new(text.replace('+', " "));
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pair: &str) -> Option<(String, String)> {
        let line = format!("Basic {}", STANDARD.encode(pair));
        let presented = decode(line.as_bytes())?;
        let Proof::Secret(secret) = presented.proof else {
            return None;
        };
        let secret = secret.expose_secret().clone();
        Some((presented.client.to_string(), secret))
    }

    #[test]
    fn id_and_secret_are_form_decoded() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(decoded("c1:s"), pair("c1", "s"));
        assert_eq!(decoded("a%3Ab:c%2Bd+e%25"), pair("a:b", "c+d e%"));
        assert_eq!(decoded("c1:a:b"), pair("c1", "a:b"));
    }

    #[test]
    fn tok_02_junk_is_no_credential() {
        for bad in ["", "c1", "c1:", ":s", "c1:%", "c1:%zz", "c1:%ff"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
        for line in [
            "Basic",
            "Basic ",
            "Basic !!!",
            "Bearer YTpi",
            "Basic YTpi=",
            " Basic YTpi",
            "Basic\tYTpi",
        ] {
            assert!(decode(line.as_bytes()).is_none(), "{line}");
        }
    }
}
