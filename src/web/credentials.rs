//! How an access token comes with a request.

use http::HeaderValue;

/// How a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// By whoever has it.
    Bearer,
    /// With a proof of its key.
    Dpop,
}

/// Why an `Authorization` field holds no access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpresented {
    /// It is of another scheme.
    OtherScheme,
    /// It cannot be read.
    Malformed,
}

/// The access token in an `Authorization` field (RFC 6750 2.1, RFC 9449 7.1).
pub fn access_token(line: &HeaderValue) -> Result<(Scheme, &str), Unpresented> {
    let (scheme, token) = line
        .to_str()
        .ok()
        .and_then(|line| line.split_once(' '))
        .ok_or(Unpresented::Malformed)?;
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return Err(Unpresented::OtherScheme);
    };
    if is_token(token) {
        Ok((scheme, token))
    } else {
        Err(Unpresented::Malformed)
    }
}

/// `b64token` (RFC 6750 2.1).
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte))
}
