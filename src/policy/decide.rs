//! The decision, and the same decision with its reasons.

use std::time::Duration;

use super::{Concern, Entry, Facts, Requirement, Rule, condition};
use crate::model::{Acr, Amr, LoginMethod};

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
    /// This person may, once they have proven more.
    StepUp {
        /// What is not met.
        reason: Reason,
    },
    /// This person may not, or nobody may here and now.
    Deny {
        /// Why.
        reason: Reason,
    },
}

/// Why somebody is turned away; a bounded set, fit for a metric's label.
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
    /// `require.ip`.
    NotFromHere,
    /// `require.methods`.
    OtherMethod,
    /// `require.header`.
    MissingHeader,
    /// `require.time`.
    OutsideHours,
    /// `require.client_cert`.
    NoCertificate,
    /// `require.groups`.
    NotInEveryGroup,
    /// `require.second_factor`, `passkey` and `acr`.
    TooWeak,
    /// `require.fresh`.
    NotFresh,
    /// `require.session_age`.
    SessionTooOld,
}

impl Reason {
    /// Whether it is the request's and not the person's: then signing in as somebody else is no way
    /// on.
    pub const fn is_of_request(self) -> bool {
        match self {
            Self::NotFromHere
            | Self::OtherMethod
            | Self::MissingHeader
            | Self::OutsideHours
            | Self::NoCertificate => true,
            Self::UserDisabled
            | Self::Denied
            | Self::NotInGroup
            | Self::NotNamed
            | Self::NotInEveryGroup
            | Self::TooWeak
            | Self::NotFresh
            | Self::SessionTooOld => false,
        }
    }

    /// As written to logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDisabled => "user_disabled",
            Self::Denied => "denied",
            Self::NotInGroup => "not_in_group",
            Self::NotNamed => "not_named",
            Self::NotFromHere => "not_from_here",
            Self::OtherMethod => "method_not_allowed",
            Self::MissingHeader => "header_missing",
            Self::OutsideHours => "outside_hours",
            Self::NoCertificate => "no_certificate",
            Self::NotInEveryGroup => "not_in_every_group",
            Self::TooWeak => "too_weak",
            Self::NotFresh => "not_fresh",
            Self::SessionTooOld => "session_too_old",
        }
    }
}

/// Whether `rule` lets `facts` in. No I/O, no allocation.
pub fn decide<'r>(rule: &'r Rule, facts: Facts<'_>) -> Decision<'r> {
    // A switched-off account is nobody's: not even a public route treats it as signed in.
    let disabled = facts.user.is_some_and(|user| user.disabled);
    let judged = if disabled {
        Facts {
            user: None,
            proof: None,
            ..facts
        }
    } else {
        facts
    };
    let means = |entry: &&Entry| condition::holds(entry, judged);
    if rule.deny.iter().any(|entry| means(&entry)) {
        return Decision::Deny {
            reason: Reason::Denied,
        };
    }
    let by = rule.allow.iter().find(means);
    if let (None, Some(_)) = (by, facts.user) {
        return Decision::Deny {
            reason: not_allowed(rule, disabled),
        };
    }
    // Whoever nobody could be here and now is told at once: signing in would end in the same place.
    if let Some(reason) = unmet(rule, Concern::Request, judged) {
        return Decision::Deny { reason };
    }
    let Some(by) = by else {
        return Decision::LoginNeeded;
    };
    let (person, sign_in) = (
        unmet(rule, Concern::Person, judged),
        unmet(rule, Concern::SignIn, judged),
    );
    match (person.or(sign_in), judged.user) {
        (None, _) => Decision::Allow { by },
        (Some(_), None) if disabled => Decision::Deny {
            reason: Reason::UserDisabled,
        },
        (Some(_), None) => Decision::LoginNeeded,
        // Signing in again would not help against the other.
        (Some(reason), Some(_)) if person.is_some() => Decision::Deny { reason },
        (Some(reason), Some(_)) => Decision::StepUp { reason },
    }
}

/// Why nothing in `allow` means somebody who is signed in.
fn not_allowed(rule: &Rule, disabled: bool) -> Reason {
    let groups = |entry: &Entry| matches!(entry, Entry::Group(_));
    if disabled {
        Reason::UserDisabled
    } else if rule.allow.iter().any(groups) {
        Reason::NotInGroup
    } else {
        Reason::NotNamed
    }
}

/// The first requirement of this concern that does not hold.
fn unmet(rule: &Rule, concern: Concern, facts: Facts<'_>) -> Option<Reason> {
    let mut of = rule
        .require
        .iter()
        .map(|one| (one, one.kind()))
        .filter(|(_, kind)| kind.concerns == concern);
    of.find(|(one, _)| !one.holds(facts))
        .map(|(_, kind)| kind.reason)
}

/// What a sign-in must be like to meet a rule, as a challenge says it (RFC 9470 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInNeeds {
    /// The class (`acr_values`).
    pub acr: Option<Acr>,
    /// How long ago at most (`max_age`).
    pub max_age: Option<Duration>,
    /// Whether a way in of this version is as strong as that.
    pub reachable: bool,
}

impl SignInNeeds {
    /// What all of the rule's requirements take together.
    pub fn of(rule: &Rule) -> Self {
        let all = || rule.require.iter();
        Self {
            acr: all().filter_map(Requirement::acr).max(),
            max_age: all().filter_map(Requirement::max_age).min(),
            reachable: all().all(is_reachable),
        }
    }
}

/// Whether some way in of this version can meet a requirement.
pub fn is_reachable(requirement: &Requirement) -> bool {
    let by = |amr: Amr| LoginMethod::ALL.iter().any(|method| method.amr() == amr);
    match (requirement, requirement.acr()) {
        (Requirement::Passkey, _) => by(Amr::Hwk),
        (_, Some(Acr::Two)) => by(Amr::Mfa),
        (_, Some(Acr::One) | None) => true,
    }
}

/// One part of a rule and what it says, for `doorward explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// The key it stands under: `deny`, `allow` or `require`.
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
        });
    let required = rule.require.iter().map(|one| Criterion {
        key: "require",
        entry: one.to_string(),
        holds: one.holds(facts),
        why: one.describe(facts),
    });
    let criteria = criteria.chain(required).collect();
    (decide(rule, facts), criteria)
}

#[cfg(test)]
mod tests {
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
}
