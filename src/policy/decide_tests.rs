//! Decisions, by entry and by requirement.

use super::*;
use crate::model::User;
use crate::policy::parse;
use crate::policy::testing::person;

fn rule(allow: &[&str]) -> Rule {
    Rule {
        allow: allow.iter().map(|text| parse(text).unwrap()).collect(),
        ..Rule::default()
    }
}

fn passes(allow: &[&str], user: Option<&User>) -> bool {
    matches!(decide(&rule(allow), facts(user)), Decision::Allow { .. })
}

fn facts(user: Option<&User>) -> Facts<'_> {
    user.map_or_else(Facts::anonymous, Facts::of)
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

fn noon<'a>(user: Option<&'a User>, amr: &'a [Amr]) -> Facts<'a> {
    let now = crate::base::Timestamp::from_seconds(1_767_614_400);
    Facts {
        user,
        proof: user.map(|_| crate::policy::Proof {
            at: now.minus(Duration::from_mins(20)),
            amr,
            began: now,
            seen: now,
        }),
        now,
        ..Facts::default()
    }
}

#[test]
fn a_stale_or_weak_sign_in_steps_up_and_a_missing_group_does_not() {
    let alice = person("alice", &["staff"]);
    let fresh = Requirement::Fresh(Duration::from_mins(15));
    for (require, expected) in [
        (
            vec![fresh.clone()],
            Decision::StepUp {
                reason: Reason::NotFresh,
            },
        ),
        (
            vec![Requirement::SecondFactor, fresh.clone()],
            Decision::StepUp {
                reason: Reason::TooWeak,
            },
        ),
        (
            vec![fresh, Requirement::Group("trained".into())],
            Decision::Deny {
                reason: Reason::NotInEveryGroup,
            },
        ),
    ] {
        let rule = Rule {
            require,
            ..rule(&["group:staff"])
        };
        assert_eq!(decide(&rule, noon(Some(&alice), &[Amr::Pwd])), expected);
        assert_eq!(decide(&rule, noon(None, &[])), Decision::LoginNeeded);
    }
}

#[test]
fn what_nobody_can_be_here_and_now_is_denied_before_a_sign_in() {
    let rule = Rule {
        require: vec![Requirement::Address(vec!["10.0.0.0/8".parse().unwrap()])],
        ..rule(&["group:staff"])
    };
    assert_eq!(
        decide(&rule, Facts::anonymous()),
        Decision::Deny {
            reason: Reason::NotFromHere
        }
    );
    let stranger = person("bob", &[]);
    assert_eq!(
        decide(&rule, Facts::of(&stranger)),
        Decision::Deny {
            reason: Reason::NotInGroup
        }
    );
}

#[test]
fn a_public_rule_with_a_requirement_of_people_is_not_public() {
    let rule = Rule {
        require: vec![Requirement::Group("staff".into())],
        ..rule(&["anyone"])
    };
    assert!(!rule.asks_nobody());
    assert_eq!(decide(&rule, Facts::anonymous()), Decision::LoginNeeded);
    let mut alice = person("alice", &["staff"]);
    assert!(matches!(
        decide(&rule, Facts::of(&alice)),
        Decision::Allow { .. }
    ));
    alice.disabled = true;
    assert_eq!(
        decide(&rule, Facts::of(&alice)),
        Decision::Deny {
            reason: Reason::UserDisabled
        }
    );
}

#[test]
fn a_challenge_asks_for_all_that_the_rule_does() {
    let rule = Rule {
        require: vec![
            Requirement::SecondFactor,
            Requirement::Fresh(Duration::from_mins(15)),
            Requirement::SessionAge(Duration::from_hours(8)),
            Requirement::Idle(Duration::from_hours(8)),
        ],
        ..rule(&["authenticated"])
    };
    let needs = SignInNeeds::of(&rule);
    assert_eq!(needs.acr, Some(Acr::Two));
    assert_eq!(needs.max_age, Some(Duration::from_mins(15)));
    assert!(!needs.reachable);
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
