//! Why somebody is turned away, in sentences for them. No more of the rule is told than helps: which
//! networks, hours and headers open a door is not for those in front of it.

use super::{Entry, Reason, Requirement, Rule};

/// The sentence.
pub fn why(reason: Reason, rule: &Rule) -> String {
    let plain = match reason {
        Reason::NotInGroup => return groups(rule),
        Reason::NotInEveryGroup => return every_group(rule),
        Reason::UserDisabled => "This account is switched off.",
        Reason::Denied => "The people who run this site have closed this to you.",
        Reason::NotNamed => "Only certain people may open this, and you are not one of them.",
        Reason::NotFromHere => "This cannot be opened from the network you are in.",
        Reason::OtherMethod => {
            "This can be looked at, but what you tried to do here is not allowed."
        }
        Reason::MissingHeader => "The request did not come in the way that this site asks for.",
        Reason::OutsideHours => "This is closed at this time.",
        Reason::NoCertificate => {
            "This can be opened only with a certificate on your device, and none that counts here \
             was shown."
        }
        Reason::TooWeak => {
            "This takes a stronger sign-in than yours: a second factor, or a passkey."
        }
        Reason::NotFresh => "This takes a newer sign-in than yours.",
        Reason::SessionTooOld => "This takes a newer session than yours.",
        Reason::IdleTooLong => "You were away for longer than this allows.",
    };
    plain.to_owned()
}

fn groups(rule: &Rule) -> String {
    let names = rule.allow.iter().filter_map(|entry| match entry {
        Entry::Group(name) => Some(name.as_str()),
        Entry::Anyone
        | Entry::Authenticated
        | Entry::User(_)
        | Entry::Tenant(_)
        | Entry::Domain(_)
        | Entry::Claim { .. } => None,
    });
    match names.collect::<Vec<_>>().as_slice() {
        [group] => format!("Only members of the group “{group}” may open this."),
        groups => format!(
            "Only members of one of these groups may open this: {}.",
            groups.join(", ")
        ),
    }
}

fn every_group(rule: &Rule) -> String {
    let names = rule.require.iter().filter_map(Requirement::group);
    match names.collect::<Vec<_>>().as_slice() {
        [group] => format!("Only members of the group “{group}” may open this."),
        groups => format!(
            "Only members of all of these groups may open this: {}.",
            groups.join(", ")
        ),
    }
}
