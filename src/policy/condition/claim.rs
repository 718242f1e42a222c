//! `claim:NAME=VALUE`: people with an attribute, compared byte for byte.

use super::Condition;
use crate::policy::{Entry, Facts};

pub const CONDITION: Condition = Condition {
    key: "claim",
    argument: Some("NAME=VALUE"),
    summary: "People whose attribute NAME is exactly VALUE.",
    parse,
    holds,
    describe,
};

fn parse(text: &str) -> Option<Entry> {
    let (name, value) = text.split_once('=')?;
    let clean = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    (clean(name) && clean(value) && name.trim() == name).then(|| Entry::Claim {
        name: name.into(),
        value: value.into(),
    })
}

fn holds(entry: &Entry, facts: Facts<'_>) -> Option<bool> {
    let Entry::Claim { name, value } = entry else {
        return None;
    };
    let has = facts.user.and_then(|user| user.attributes.get(&**name));
    Some(has.is_some_and(|has| **has == **value))
}

fn describe(entry: &Entry, facts: Facts<'_>) -> Option<String> {
    let Entry::Claim { name, .. } = entry else {
        return None;
    };
    let Some(user) = facts.user else {
        return Some("nobody is signed in".to_owned());
    };
    let who = user.login.as_str();
    Some(match user.attributes.get(&**name) {
        Some(has) => format!("{name} of {who} is {has}"),
        None => format!("{who} has no {name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::person;

    #[test]
    fn an_attribute_is_compared_whole() {
        let entry = parse("plan=gold=1").unwrap();
        let mut alice = person("alice", &[]);
        assert_eq!(holds(&entry, Facts::of(&alice)), Some(false));
        for (value, expected) in [("gold=1", true), ("Gold=1", false), ("gold", false)] {
            alice.attributes.insert("plan".to_owned(), value.to_owned());
            assert_eq!(holds(&entry, Facts::of(&alice)), Some(expected), "{value}");
        }
        assert_eq!(holds(&entry, Facts::anonymous()), Some(false));
    }

    #[test]
    fn a_claim_has_a_name_and_a_value() {
        for text in ["plan", "plan=", "=gold", " plan=gold"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
