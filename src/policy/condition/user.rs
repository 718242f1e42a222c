//! `user:LOGIN`: one person, by user name or by e-mail address.

use super::Condition;
use crate::model::{Login, User};
use crate::policy::{Entry, Facts};

pub const CONDITION: Condition = Condition {
    key: "user",
    argument: Some("LOGIN"),
    summary: "The person with this user name or e-mail address.",
    parse: |login| Login::parse(login).map(Entry::User),
    holds,
    describe,
};

fn holds(entry: &Entry, facts: Facts<'_>) -> Option<bool> {
    let Entry::User(login) = entry else {
        return None;
    };
    Some(facts.user.is_some_and(|user| is(user, login)))
}

fn describe(entry: &Entry, facts: Facts<'_>) -> Option<String> {
    let Entry::User(login) = entry else {
        return None;
    };
    Some(match facts.user {
        None => "nobody is signed in".to_owned(),
        Some(user) if is(user, login) => format!("this is {}", login.as_str()),
        Some(user) => format!("this is {}", user.login.as_str()),
    })
}

/// An address counts only once it was proven to be the person's: otherwise anybody who may edit
/// a profile could name themselves into a rule.
fn is(user: &User, login: &Login) -> bool {
    user.login == *login
        || (user.email_verified
            && user
                .email
                .as_deref()
                .filter(|email| email.eq_ignore_ascii_case(login.as_str()) || !email.is_ascii())
                .and_then(Login::parse)
                .is_some_and(|email| email == *login))
}
