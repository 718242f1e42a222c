//! The decision, and the same decision with its reasons.

use super::{Entry, Rule, condition};
use crate::model::User;

/// What a rule is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The signed-in person; `None` for an anonymous request.
    pub user: Option<&'a User>,
}

impl<'a> Facts<'a> {
    /// A request nobody is signed in for.
    pub const fn anonymous() -> Self {
        Self { user: None }
    }

    /// A request of `user`.
    pub const fn of(user: &'a User) -> Self {
        Self { user: Some(user) }
    }
}

/// What a rule says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'r> {
    /// This entry lets it in.
    Allow {
        /// The first entry that holds.
        by: &'r Entry,
    },
    /// Nobody is signed in; somebody who is might pass.
    LoginNeeded,
    /// This person may not.
    Deny {
        /// Why.
        reason: Reason,
    },
}

/// Why a signed-in person is turned away; a bounded set, fit for a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The account is switched off.
    UserDisabled,
    /// An entry of `deny` means the person.
    Denied,
    /// The rule lets groups in, and the person is in none of them.
    NotInGroup,
    /// The rule lets named people in, and this is none of them.
    NotNamed,
}

impl Reason {
    /// As written to logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDisabled => "user_disabled",
            Self::Denied => "denied",
            Self::NotInGroup => "not_in_group",
            Self::NotNamed => "not_named",
        }
    }
}

/// Whether `rule` lets `facts` in. No I/O, no allocation.
pub fn decide<'r>(rule: &'r Rule, facts: Facts<'_>) -> Decision<'r> {
    // A switched-off account is nobody's: not even a public route treats it as signed in.
    let disabled = facts.user.is_some_and(|user| user.disabled);
    let judged = if disabled { Facts::anonymous() } else { facts };
    let means = |entry: &&Entry| condition::holds(entry, judged);
    if rule.deny.iter().any(|entry| means(&entry)) {
        return Decision::Deny {
            reason: Reason::Denied,
        };
    }
    if let Some(by) = rule.allow.iter().find(means) {
        return Decision::Allow { by };
    }
    if disabled {
        return Decision::Deny {
            reason: Reason::UserDisabled,
        };
    }
    if facts.user.is_none() {
        return Decision::LoginNeeded;
    }
    let by_group = rule
        .allow
        .iter()
        .any(|entry| matches!(entry, Entry::Group(_)));
    Decision::Deny {
        reason: if by_group {
            Reason::NotInGroup
        } else {
            Reason::NotNamed
        },
    }
}

/// One part of a rule and what it says, for `doorward explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// The key it stands under: `allow`, `deny`.
    pub key: &'static str,
    /// The entry as written.
    pub entry: String,
    /// Whether the request is meant.
    pub holds: bool,
    /// Why, in words.
    pub why: String,
}

/// The decision with what every part of the rule says about it, in the order they are judged.
pub fn explain<'r>(rule: &'r Rule, facts: Facts<'_>) -> (Decision<'r>, Vec<Criterion>) {
    let entries = [("deny", &rule.deny), ("allow", &rule.allow)];
    let criteria = entries
        .into_iter()
        .flat_map(|(key, list)| list.iter().map(move |entry| (key, entry)))
        .map(|(key, entry)| Criterion {
            key,
            entry: entry.to_string(),
            holds: condition::holds(entry, facts),
            why: condition::describe(entry, facts),
        })
        .collect();
    (decide(rule, facts), criteria)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;
    use crate::policy::testing::person;

    fn rule(allow: &[&str]) -> Rule {
        Rule {
            allow: allow.iter().map(|text| parse(text).unwrap()).collect(),
            ..Rule::default()
        }
    }

    fn passes(allow: &[&str], user: Option<&User>) -> bool {
        matches!(decide(&rule(allow), Facts { user }), Decision::Allow { .. })
    }

    #[test]
    fn anyone_lets_strangers_in_and_nothing_else_does() {
        assert!(passes(&["anyone"], None));
        for allow in ["authenticated", "group:staff", "user:alice"] {
            assert_eq!(
                decide(&rule(&[allow]), Facts::anonymous()),
                Decision::LoginNeeded
            );
        }
    }

    #[test]
    fn an_empty_rule_lets_nobody_in() {
        let alice = person("alice", &["staff"]);
        assert!(!passes(&[], None));
        assert!(!passes(&[], Some(&alice)));
    }

    #[test]
    fn groups_are_compared_byte_for_byte() {
        let alice = person("alice", &["staff"]);
        assert!(passes(&["group:staff"], Some(&alice)));
        for other in ["group:Staff", "group:staf", "group:staff2", "group:ｓtaff"] {
            assert!(!passes(&[other], Some(&alice)), "{other}");
        }
    }

    #[test]
    fn a_person_is_named_by_login_or_by_a_proven_address() {
        let mut alice = person("alice", &[]);
        assert!(passes(&["user:alice"], Some(&alice)));
        assert!(passes(&["user:ALICE@corp.test"], Some(&alice)));
        assert!(!passes(&["user:bob"], Some(&alice)));
        alice.email_verified = false;
        assert!(!passes(&["user:alice@corp.test"], Some(&alice)));
    }

    #[test]
    fn one_match_is_enough() {
        let alice = person("alice", &["staff"]);
        assert!(passes(&["user:bob", "group:staff"], Some(&alice)));
    }

    #[test]
    fn deny_wins_over_allow() {
        let alice = person("alice", &["staff", "interns"]);
        let mut rule = rule(&["user:alice", "group:staff"]);
        rule.deny = vec![parse("group:interns").unwrap()];
        assert_eq!(
            decide(&rule, Facts::of(&alice)),
            Decision::Deny {
                reason: Reason::Denied
            }
        );
        let bob = person("bob", &["staff"]);
        assert!(matches!(
            decide(&rule, Facts::of(&bob)),
            Decision::Allow { .. }
        ));
        assert_eq!(decide(&rule, Facts::anonymous()), Decision::LoginNeeded);
    }

    #[test]
    fn a_disabled_person_passes_only_where_anyone_may() {
        let mut alice = person("alice", &["staff"]);
        alice.disabled = true;
        assert_eq!(
            decide(&rule(&["group:staff"]), Facts::of(&alice)),
            Decision::Deny {
                reason: Reason::UserDisabled
            }
        );
        assert!(passes(&["anyone"], Some(&alice)));
    }

    #[test]
    fn explain_decides_as_decide_does_and_names_every_entry() {
        let alice = person("alice", &["staff"]);
        let rule = rule(&["user:bob", "group:staff"]);
        let (decision, criteria) = explain(&rule, Facts::of(&alice));
        assert_eq!(decision, decide(&rule, Facts::of(&alice)));
        assert_eq!(
            criteria
                .iter()
                .map(|one| (one.entry.as_str(), one.holds))
                .collect::<Vec<_>>(),
            [("user:bob", false), ("group:staff", true)]
        );
        assert_eq!(criteria[0].why, "this is alice");
    }
}
