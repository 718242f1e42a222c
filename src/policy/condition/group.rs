//! `group:NAME`: members of a group, compared byte for byte (no folding: `Admin` is not `admin`).

use super::Condition;
use crate::base::GroupName;
use crate::policy::{Entry, Facts};

pub const CONDITION: Condition = Condition {
    key: "group",
    argument: Some("NAME"),
    summary: "Members of the group NAME.",
    parse,
    holds,
    describe,
};

fn parse(name: &str) -> Option<Entry> {
    let clean = name.trim() == name && !name.chars().any(char::is_control);
    clean.then(|| Entry::Group(GroupName::new(name)))
}

fn holds(entry: &Entry, facts: Facts<'_>) -> Option<bool> {
    let Entry::Group(name) = entry else {
        return None;
    };
    Some(facts.user.is_some_and(|user| user.groups.contains(name)))
}

fn describe(entry: &Entry, facts: Facts<'_>) -> Option<String> {
    let Entry::Group(name) = entry else {
        return None;
    };
    Some(match facts.user {
        None => "nobody is signed in".to_owned(),
        Some(user) if user.groups.contains(name) => {
            format!("{} is in {name}", user.login.as_str())
        }
        Some(user) if user.groups.is_empty() => {
            format!("{} is in no group", user.login.as_str())
        }
        Some(user) => {
            let groups: Vec<&str> = user.groups.iter().map(GroupName::as_str).collect();
            format!("{} is in {}", user.login.as_str(), groups.join(", "))
        }
    })
}
