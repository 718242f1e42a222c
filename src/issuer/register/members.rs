//! The members of a description, each of one type. `null` and empty text count as absent (RFC 7592
//! 2.2), and what nobody knows is ignored (RFC 7591 2).

use serde_json::{Map, Value};

use crate::issuer::error::OAuthError;
use crate::keys::strict_object;

/// Most elements of any list; more say nothing that a client could need.
const MOST: usize = 256;

/// The members.
pub struct Members(Map<String, Value>);

impl Members {
    /// Reads a JSON object.
    pub fn read(body: &[u8]) -> Result<Self, OAuthError> {
        strict_object(body)
            .map(Self)
            .ok_or_else(|| invalid("The body is no JSON object, or holds a member twice."))
    }

    /// Whether the member is there.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    /// The same, to keep.
    pub fn owned(&self, name: &str) -> Result<Option<String>, OAuthError> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, OAuthError> {
        let Some(value) = self.find(name) else {
            return Ok(None);
        };
        let texts = value.as_array().filter(|list| list.len() <= MOST);
        let texts = texts.and_then(|list| {
            list.iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        texts
            .map(Some)
            .ok_or_else(|| wrong(name, "an array of strings, 256 at most"))
    }

    /// Yes or no; no when absent.
    pub fn flag(&self, name: &str) -> Result<bool, OAuthError> {
        match self.find(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    /// A whole number of seconds.
    pub fn seconds(&self, name: &str) -> Result<Option<u64>, OAuthError> {
        match self.find(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .filter(|seconds| u32::try_from(*seconds).is_ok())
                .map(Some)
                .ok_or_else(|| wrong(name, "a whole number of seconds")),
        }
    }

    /// Anything.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0
            .get(name)
            .filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// The names of all members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name.as_str())
    }
}

/// `invalid_client_metadata` (RFC 7591 3.2.2).
pub fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new("invalid_client_metadata", description)
}

fn wrong(name: &str, kind: &str) -> OAuthError {
    invalid(format!("{name} must be {kind}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_one_type_and_nothing_is_nothing() {
        let members = Members::read(
            br#"{"t":"x","l":["a","b"],"f":true,"n":7,"e":"","o":null,"m":["a",1],"z":-1}"#,
        )
        .unwrap();
        assert_eq!(members.text("t").unwrap(), Some("x"));
        assert_eq!(members.list("l").unwrap().unwrap(), ["a", "b"]);
        assert!(members.flag("f").unwrap());
        assert_eq!(members.seconds("n").unwrap(), Some(7));
        for absent in ["e", "o", "nowhere"] {
            assert!(!members.has(absent), "{absent}");
            assert_eq!(members.text(absent).unwrap(), None);
        }
        assert!(members.text("n").is_err() && members.text("l").is_err());
        assert!(members.list("t").is_err() && members.list("m").is_err());
        assert!(members.flag("t").is_err());
        assert!(members.seconds("z").is_err() && members.seconds("t").is_err());
        for body in [
            &b"[]"[..],
            b"null",
            b"",
            b"{",
            b"{} x",
            b"\xff",
            br#"{"a":1,"a":2}"#,
        ] {
            assert!(Members::read(body).is_err());
        }
    }
}
