//! People for this room's tests.

use crate::base::{Timestamp, UserId};
use crate::model::{Login, User};

/// Somebody with a verified address at `corp.test`, in these groups.
pub fn person(login: &str, groups: &[&str]) -> User {
    User {
        id: UserId::new(login),
        login: Login::parse(login).unwrap(),
        username: login.to_owned(),
        name: String::new(),
        email: Some(format!("{login}@corp.test")),
        email_verified: true,
        groups: groups.iter().map(|group| (*group).into()).collect(),
        tenants: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        disabled: false,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        epoch: 0,
    }
}
