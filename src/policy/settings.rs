//! A route's `allow`, validated.

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
