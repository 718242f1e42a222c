//! `anyone`: no sign-in. Has to be said out loud; nothing implies it.

use super::Condition;
use crate::policy::Entry;

pub const CONDITION: Condition = Condition {
    key: "anyone",
    argument: None,
    summary: "Every request, signed in or not.",
    parse: |_| Some(Entry::Anyone),
    holds: |entry, _| (*entry == Entry::Anyone).then_some(true),
    describe: |entry, _| (*entry == Entry::Anyone).then(|| "everybody may".to_owned()),
};
