//! Which ways to tokens a client may take.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A `response_type` (OAuth 2.0 Multiple Response Type Encoding Practices): a set of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResponseType {
    /// An authorization code.
    pub code: bool,
    /// An ID token from the authorization endpoint.
    pub id_token: bool,
    /// An access token from the authorization endpoint.
    pub token: bool,
}

impl ResponseType {
    /// The code flow.
    pub const CODE: Self = Self::of(true, false, false);
    /// Every one there is.
    pub const ALL: [Self; 7] = [
        Self::CODE,
        Self::of(false, true, false),
        Self::of(false, true, true),
        Self::of(false, false, true),
        Self::of(true, true, false),
        Self::of(true, false, true),
        Self::of(true, true, true),
    ];

    const fn of(code: bool, id_token: bool, token: bool) -> Self {
        Self {
            code,
            id_token,
            token,
        }
    }

    /// Reads a `response_type`: the words in any order, each once.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        Self::ALL.into_iter().find(|known| {
            let mut own = known.words();
            own.sort_unstable();
            own == words
        })
    }

    /// The words, in the order in which registrations write them.
    pub fn words(self) -> Vec<&'static str> {
        [
            ("code", self.code),
            ("id_token", self.id_token),
            ("token", self.token),
        ]
        .into_iter()
        .filter_map(|(word, on)| on.then_some(word))
        .collect()
    }

    /// Whether tokens leave the authorization endpoint, so that the answer must not be in a query.
    pub const fn is_front_channel(self) -> bool {
        self.id_token || self.token
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl From<ResponseType> for String {
    fn from(response_type: ResponseType) -> Self {
        response_type.to_string()
    }
}

impl TryFrom<String> for ResponseType {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a response_type")
    }
}

/// A grant type (RFC 7591 2, and the extension grants by their URNs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GrantKind {
    /// Codes.
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    /// Refresh tokens.
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// Tokens from the authorization endpoint.
    #[serde(rename = "implicit")]
    Implicit,
    /// The client for itself.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// A device without a browser (RFC 8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// One token for another (RFC 8693).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
}

impl GrantKind {
    /// Every one there is.
    pub const ALL: [Self; 6] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::Implicit,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// As in requests and registrations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::Implicit => "implicit",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// Reads a `grant_type`; exact.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a client may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// At the authorization endpoint.
    pub response_types: Vec<ResponseType>,
    /// At the token endpoint.
    pub grants: Vec<GrantKind>,
}

impl Default for Flows {
    fn default() -> Self {
        Self {
            response_types: vec![ResponseType::CODE],
            grants: vec![GrantKind::AuthorizationCode, GrantKind::RefreshToken],
        }
    }
}

impl Flows {
    /// Whether the client may ask for this.
    pub fn respond(&self, response_type: ResponseType) -> bool {
        self.response_types.contains(&response_type)
    }

    /// Whether the client may use this.
    pub fn grant(&self, kind: GrantKind) -> bool {
        self.grants.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_type_is_read_in_any_order_and_written_in_one() {
        for (text, written) in [
            ("code", "code"),
            ("token id_token", "id_token token"),
            ("token code", "code token"),
            ("token id_token code", "code id_token token"),
        ] {
            assert_eq!(ResponseType::parse(text).unwrap().to_string(), written);
        }
        for bad in [
            "",
            " code",
            "code code",
            "code  token",
            "Code",
            "none",
            "code,token",
        ] {
            assert_eq!(ResponseType::parse(bad), None, "{bad}");
        }
    }
}
