//! Scope sets (RFC 6749 3.3): order does not matter, duplicates do not count.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of scope names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ScopeSet(BTreeSet<String>);

/// A scope name with a character RFC 6749 3.3 does not allow.
#[derive(Debug, thiserror::Error)]
#[error("a scope name holds a character that scope names may not hold (RFC 6749 3.3)")]
pub struct MalformedScope;

impl ScopeSet {
    /// Reads a space-delimited list; an empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, MalformedScope> {
        text.split(' ')
            .filter(|name| !name.is_empty())
            .map(|name| {
                if is_scope_name(name) {
                    Ok(name.to_owned())
                } else {
                    Err(MalformedScope)
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `name` is in the set.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every name of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The names that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The names that are in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<S: Into<String>> FromIterator<S> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.iter();
        if let Some(first) = names.next() {
            f.write_str(first)?;
        }
        names.try_for_each(|name| write!(f, " {name}"))
    }
}

impl From<ScopeSet> for String {
    fn from(scopes: ScopeSet) -> Self {
        scopes.to_string()
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = MalformedScope;

    fn try_from(text: String) -> Result<Self, MalformedScope> {
        Self::parse(&text)
    }
}

/// NQCHAR: %x21 / %x23-5B / %x5D-7E (RFC 6749 appendix A.4).
pub fn is_scope_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_duplicates_do_not_matter() {
        let a = ScopeSet::parse("openid email  email").unwrap();
        assert_eq!(a, ScopeSet::parse("email openid").unwrap());
        assert_eq!(a.to_string(), "email openid");
        assert!(ScopeSet::parse("open\"id").is_err());
    }
}
