//! Query and form parameters: bounded, strict UTF-8, and honest about duplicates (RFC 6749 3.1:
//! "Request and response parameters MUST NOT be included more than once").

use axum::body::to_bytes;
use axum::extract::{FromRequestParts, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::ErrorPage;

/// The largest form or query that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The most parameters that are looked at.
const MAX_COUNT: usize = 200;

/// Parameters in the order they came.
///
/// No `Debug`: forms hold passwords.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// What cannot be read as parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Past [`MAX_BYTES`], or more parameters than anybody needs.
    #[error("too many parameters")]
    TooLarge,
    /// Not UTF-8 after decoding: echoing it back would change it.
    #[error("a parameter is not UTF-8")]
    NotUtf8,
    /// A body that is not `application/x-www-form-urlencoded`.
    #[error("not a form")]
    NotAForm,
    /// The body did not arrive.
    #[error("the body did not arrive")]
    Broken,
}

impl Params {
    /// Decodes a query or a form body.
    pub fn parse(encoded: &[u8]) -> Result<Self, Unreadable> {
        if encoded.len() > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let mut list = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            if list.len() == MAX_COUNT {
                return Err(Unreadable::TooLarge);
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            list.push((name, value));
        }
        Ok(Self(list))
    }

    /// Parameters from elsewhere, such as a request object.
    pub const fn of(list: Vec<(String, String)>) -> Self {
        Self(list)
    }

    /// Reads a request's form, up to [`MAX_BYTES`].
    pub async fn read_form(request: Request) -> Result<Self, Unreadable> {
        let (parts, body) = request.into_parts();
        if !is_form(&parts.headers) {
            return Err(Unreadable::NotAForm);
        }
        let body = to_bytes(body, MAX_BYTES).await.map_err(|cause| {
            let too_large = std::error::Error::source(&cause)
                .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
            if too_large {
                Unreadable::TooLarge
            } else {
                Unreadable::Broken
            }
        })?;
        Self::parse(&body)
    }

    /// The value of `name`. An empty value counts as absent (RFC 6749 3.1); so does a name that
    /// came more than once, since no value of it can be trusted (see [`Params::duplicate`]).
    pub fn find(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let value = values.next()?;
        (values.next().is_none() && !value.is_empty()).then_some(value)
    }

    /// Whether `name` came at all, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Every value of `name`, for the few parameters that may repeat (`resource`, RFC 8707 2).
    pub fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| &**value)
    }

    /// The first name that came more than once and is not in `may_repeat`.
    pub fn duplicate(&self, may_repeat: &[&str]) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(at, (name, _))| {
                !may_repeat.contains(&&**name)
                    && self.0.iter().take(*at).any(|(other, _)| other == name)
            })
            .map(|(_, (name, _))| &**name)
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Encoded again, in the order they came.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.iter())
            .finish()
    }
}

impl Drop for Params {
    fn drop(&mut self) {
        // Some values are passwords.
        for (_, value) in &mut self.0 {
            zeroize::Zeroize::zeroize(value);
        }
    }
}

impl From<Unreadable> for ErrorPage {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::too_large(),
            Unreadable::NotUtf8 => Self::bad_request("A part of it is not valid text (UTF-8)."),
            Unreadable::NotAForm => Self::unsupported_media_type(),
            Unreadable::Broken => Self::bad_request("It did not arrive whole."),
        }
    }
}

/// The query of a request.
pub struct Query(pub Params);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorPage> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Params::parse(query.as_bytes())?))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    line.to_str().is_ok_and(|line| {
        let kind = line.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// `+` is a space; a `%` that starts no escape stands for itself (WHATWG URL 5.1).
fn decode(part: &[u8]) -> Result<String, Unreadable> {
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_encoding::percent_decode(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Unreadable::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_sent_twice_is_seen_and_has_no_value() {
        let params = Params::parse(b"a=1&b=2&a=3&resource=x&resource=y").unwrap();
        assert_eq!(params.find("a"), None);
        assert_eq!(params.find("b"), Some("2"));
        assert_eq!(params.duplicate(&["resource"]), Some("a"));
        assert_eq!(params.values("resource").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let params = Params::parse(b"state=&nonce").unwrap();
        assert_eq!(params.find("state"), None);
        assert!(params.has("state") && params.has("nonce") && !params.has("scope"));
    }

    #[test]
    fn text_survives_a_round_trip() {
        let text = "a b+c%26&d=\u{10d}\u{1f600}\"'<>";
        let encoded = form_urlencoded::Serializer::new(String::new())
            .append_pair("state", text)
            .finish();
        let params = Params::parse(encoded.as_bytes()).unwrap();
        assert_eq!(params.find("state"), Some(text));
        assert_eq!(params.encode(), encoded);
    }

    #[test]
    fn what_is_not_utf8_or_too_much_is_refused() {
        assert_eq!(Params::parse(b"a=%ff").err(), Some(Unreadable::NotUtf8));
        assert_eq!(
            Params::parse(&vec![b'a'; MAX_BYTES + 1]).err(),
            Some(Unreadable::TooLarge)
        );
        assert_eq!(
            Params::parse("a&".repeat(201).as_bytes()).err(),
            Some(Unreadable::TooLarge)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..300)) {
            let _ = Params::parse(&bytes);
        }
    }
}
