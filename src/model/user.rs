//! People.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{GroupName, TenantId, Timestamp, UserId};

/// What a person types to say who they are, in the one canonical form that is compared, counted
/// and stored: a user name by the PRECIS profile `UsernameCaseMapped` (RFC 8265 3.3), or an e-mail
/// address folded the same way. Built by [`Login::parse`] only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Login(String);

impl Login {
    /// The longest login that is looked at, in bytes.
    pub const MAX: usize = 254;

    /// Canonicalises what was typed; `None` when it cannot be anybody's login.
    pub fn parse(typed: &str) -> Option<Self> {
        use precis_profiles::precis_core::profile::PrecisFastInvocation;
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > Self::MAX {
            return None;
        }
        // NFKC-like width and case folding is the profile's; it refuses spaces and controls.
        precis_profiles::UsernameCaseMapped::enforce(typed)
            .ok()
            .map(|name| Self(name.into_owned()))
    }

    /// A canonical form read back from the store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Also the `sub` of every token about this user.
    pub id: UserId,
    /// The canonical user name; unique.
    pub login: Login,
    /// The user name as it was entered, for display (`preferred_username`).
    pub username: String,
    /// Full name for display; may be empty.
    pub name: String,
    /// E-mail address as entered; its canonical form is unique among users.
    pub email: Option<String>,
    /// Whether the address was proven to be this person's.
    pub email_verified: bool,
    /// Groups, sorted by name.
    pub groups: Vec<GroupName>,
    /// Tenants the user belongs to.
    pub tenants: Vec<TenantId>,
    /// Free attributes for custom claims.
    pub attributes: BTreeMap<String, String>,
    /// A disabled user cannot sign in, refresh or pass the gateway.
    pub disabled: bool,
    /// When the user was made.
    pub created: Timestamp,
    /// When anything above last changed (`updated_at`).
    pub updated: Timestamp,
    /// Grows whenever what this person could sign in with is taken away or replaced, or they are
    /// disabled. A sign-in that began under an earlier one starts no session. The store's to change.
    pub epoch: i64,
}

/// A one-time link that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLink {
    /// Whose it is.
    pub user: UserId,
    /// Whether they typed the right password to get it, and must choose another; else an operator
    /// made it.
    pub proven: bool,
}

/// A stored password.
#[derive(Clone)]
pub struct PasswordCredential {
    /// Whose it is.
    pub user: UserId,
    /// The hash in PHC string form (`$argon2id$...`).
    pub phc: String,
    /// When it was set.
    pub changed: Timestamp,
    /// The person must choose another one at the next sign-in.
    pub must_change: bool,
}

impl fmt::Debug for PasswordCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordCredential({})", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_login_have_one_canonical_form() {
        let canonical = Login::parse("alice").unwrap();
        for typed in ["ALICE", " alice ", "Alice", "ａｌｉｃｅ"] {
            assert_eq!(Login::parse(typed), Some(canonical.clone()), "{typed}");
        }
        assert_eq!(
            Login::parse("Ada@Example.COM"),
            Login::parse("ada@example.com")
        );
    }

    #[test]
    fn what_cannot_be_a_login_is_refused() {
        for typed in ["", "   ", "a b", "a\0b", "a\r\nb", &"x".repeat(255)] {
            assert_eq!(Login::parse(typed), None, "{typed:?}");
        }
    }
}
