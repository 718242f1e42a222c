//! A route's `allow`, validated.

use std::fmt;

use crate::base::GroupName;
use crate::model::Login;

/// Who a rule lets in; a rule is a list, and one match is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// `anyone`: no sign-in.
    Anyone,
    /// `authenticated`: any signed-in person.
    Authenticated,
    /// `group:NAME`.
    Group(GroupName),
    /// `user:LOGIN`: by user name or e-mail address.
    User(Login),
}

/// The rule of one route.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Never empty.
    pub allow: Vec<Allow>,
    /// Where it stands in the configuration file, such as `doorward.toml:97`.
    pub origin: String,
}

impl fmt::Display for Allow {
    /// As written in `allow`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::User(login) => write!(f, "user:{}", login.as_str()),
        }
    }
}
