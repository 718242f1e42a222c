//! `[login]`, validated, and the rules it gives.

use std::collections::BTreeMap;

use crate::base::{Secret, TenantId};
use crate::identity::passwords::MAX_PASSWORD;
use crate::model::Tenant;

/// Ways in.
#[derive(Clone, Debug)]
pub struct LoginSettings {
    /// The fewest characters a new password may have.
    pub password_min_length: usize,
    /// Who says by which of them their people come in.
    pub tenants: BTreeMap<TenantId, Tenant>,
}

impl Default for LoginSettings {
    fn default() -> Self {
        Self {
            password_min_length: 12,
            tenants: BTreeMap::new(),
        }
    }
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Too few characters; how many there must be.
    #[error("a password has at least {0} characters")]
    Short(usize),
    /// Too many bytes.
    #[error("a password has at most {MAX_PASSWORD} bytes")]
    Long,
    /// No sign-in form can send it.
    #[error("a password holds no line breaks and no other control characters")]
    Control,
}

impl LoginSettings {
    /// The tenant that somebody signs in for, if it is one of the file's.
    pub fn tenant(&self, id: Option<&TenantId>) -> Option<&Tenant> {
        self.tenants.get(id?)
    }

    /// Whether a password may be chosen. Length is what counts (NIST SP 800-63B 3.1.1.2); there are
    /// no rules about kinds of characters.
    pub fn accept(&self, password: &Secret<String>) -> Result<(), PasswordRefused> {
        let password = password.expose_secret();
        if password.chars().any(char::is_control) {
            Err(PasswordRefused::Control)
        } else if password.len() > MAX_PASSWORD {
            Err(PasswordRefused::Long)
        } else if password.chars().count() < self.password_min_length {
            Err(PasswordRefused::Short(self.password_min_length))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_length_decides_and_it_counts_characters_not_bytes() {
        let settings = LoginSettings::default();
        let accept = |text: &str| settings.accept(&Secret::new(text.to_owned()));
        assert_eq!(accept("aaaaaaaaaaaa"), Ok(()));
        assert_eq!(accept("ěščřžýáíéúůd"), Ok(()));
        assert_eq!(accept("ěščřžýáíéúů"), Err(PasswordRefused::Short(12)));
        assert_eq!(accept(&"a".repeat(1025)), Err(PasswordRefused::Long));
        assert_eq!(accept("velvet-otter\n42"), Err(PasswordRefused::Control));
    }
}
