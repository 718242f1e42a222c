//! A route's `identity`, validated: what its app learns about the person, in which headers and bytes.

use crate::base::{IssuerId, ScopeSet, Secret};

/// What the app learns about the person.
#[derive(Clone, Debug)]
pub struct IdentityHeaders {
    /// Headers in the order they are set.
    pub headers: Vec<IdentityHeader>,
    /// Between groups.
    pub separator: char,
    /// Which groups are told; empty for all.
    pub groups: Vec<GroupPattern>,
    /// How facts become bytes.
    pub encoding: Encoding,
    /// How many bytes all of it may have, names included.
    pub limit: u64,
    /// Whether `Doorward-Assertion` (or another name) carries the signed assertion.
    pub assertion: Option<String>,
    /// What `Authorization` carries: a token made for the app, about the person.
    pub bearer: Option<RouteToken>,
    /// Whether the app also learns why it got the request: `Doorward-Route`, `Doorward-Rule` and
    /// `Doorward-Took`.
    pub decision: bool,
}

impl Default for IdentityHeaders {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            separator: ',',
            groups: Vec::new(),
            encoding: Encoding::Utf8,
            limit: 8 * 1024,
            assertion: None,
            bearer: None,
            decision: false,
        }
    }
}

impl IdentityHeaders {
    /// Whether the app is told of the group called `name`.
    pub fn tells(&self, name: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|pattern| pattern.fits(name))
    }
}

/// An access token that an app gets of every person who passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteToken {
    /// The issuer that makes it.
    pub issuer: IssuerId,
    /// Whom it is for: the id of an API resource.
    pub audience: String,
    /// What it allows there.
    pub scopes: ScopeSet,
}

/// How facts about a person become bytes of a header. Line ends are percent-encoded in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    #[default]
    Utf8,
    /// ASCII; everything else and `%` percent-encoded.
    Percent,
    /// ISO 8859-1; what it does not have, and `%`, percent-encoded.
    Latin1,
    /// Plain where that says all, else an `ext-value` (RFC 8187 3.2.1).
    Rfc8187,
}

/// A group's name in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPattern {
    /// What stands between the stars.
    parts: Vec<String>,
}

impl GroupPattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Self {
        Self {
            parts: text.split('*').map(str::to_owned).collect(),
        }
    }

    /// Whether `name` is one that it stands for; compared byte for byte.
    pub fn fits(&self, name: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else {
            return false;
        };
        let Some((last, between)) = others.split_last() else {
            return name == first;
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        // The leftmost place of each part leaves the most to those after it.
        for part in between {
            let Some((_, after)) = rest.split_once(part.as_str()) else {
                return false;
            };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}

/// One header to the app.
#[derive(Clone, Debug)]
pub struct IdentityHeader {
    /// Its name as written.
    pub name: String,
    /// Its value.
    pub value: IdentityValue,
}

/// What an identity header says.
#[derive(Clone, Debug)]
pub enum IdentityValue {
    /// User name.
    Username,
    /// `sub`.
    Subject,
    /// E-mail address.
    Email,
    /// Display name.
    Name,
    /// Groups, joined by the separator.
    Groups,
    /// A template such as `"{user.email}"` or a constant.
    Template(String),
    /// `Basic` credentials (RFC 7617): the user name, and a password that is the same for everybody.
    Basic(Secret<String>),
    /// A shared secret that tells the app the request came through us.
    Secret(Secret<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_everything_else_for_itself() {
        for (pattern, fits, not) in [
            (
                "wiki-*",
                &["wiki-", "wiki-admins"][..],
                &["wiki", "xwiki-a", "Wiki-a"][..],
            ),
            (
                "*-admins",
                &["wiki-admins", "-admins"],
                &["admins", "wiki-admins2"],
            ),
            ("a*b*c", &["abc", "a1b2c", "abbcc"], &["acb", "ab", "abcd"]),
            ("staff", &["staff"], &["staff2", "", "staf"]),
            ("*", &["", "anything"], &[]),
            ("aa*aa", &["aaaa", "aabaa"], &["aaa", "aa"]),
        ] {
            let pattern = GroupPattern::new(pattern);
            for name in fits {
                assert!(pattern.fits(name), "{pattern:?} {name}");
            }
            for name in not {
                assert!(!pattern.fits(name), "{pattern:?} {name}");
            }
        }
    }
}
