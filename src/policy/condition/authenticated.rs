//! `authenticated`: any signed-in person.

use super::Condition;
use crate::policy::Entry;

pub const CONDITION: Condition = Condition {
    key: "authenticated",
    argument: None,
    summary: "Every signed-in person.",
    parse: |_| Some(Entry::Authenticated),
    holds: |entry, facts| (*entry == Entry::Authenticated).then_some(facts.user.is_some()),
    describe: |entry, facts| {
        (*entry == Entry::Authenticated).then(|| match facts.user {
            Some(user) => format!("{} is signed in", user.login.as_str()),
            None => "nobody is signed in".to_owned(),
        })
    },
};
