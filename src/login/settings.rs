//! `[login]`, validated.

/// Ways in.
#[derive(Clone, Debug)]
pub struct LoginSettings {
    /// In the order they are offered; never empty.
    pub methods: Vec<LoginMethod>,
    /// The fewest characters a new password may have.
    pub password_min_length: usize,
}

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// User name or e-mail address, and password.
    Password,
}

impl Default for LoginSettings {
    fn default() -> Self {
        Self {
            methods: vec![LoginMethod::Password],
            password_min_length: 12,
        }
    }
}
