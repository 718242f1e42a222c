//! Values that several sections use.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// One thing, or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// A list.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The things in order.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Whether it was written as a list.
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::Many(_))
    }
}

/// A secret: a text (seen by everybody who reads the file), or where to read it.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretValue {
    /// The secret itself.
    #[schemars(extend("writeOnly" = true))]
    Literal(String),
    /// Where to read it.
    Source(SecretSource),
}

/// Where a secret is read: exactly one of these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSource {
    /// A file; a line break at its end is not part of the secret.
    pub file: Option<String>,
    /// An environment variable.
    pub env: Option<String>,
    /// A systemd credential, read from $CREDENTIALS_DIRECTORY.
    pub cred: Option<String>,
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("Literal(..)"),
            Self::Source(source) => source.fmt(f),
        }
    }
}
