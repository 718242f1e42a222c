//! `domain:example.com`: people whose e-mail address is at a domain, once it was proven theirs.

use super::Condition;
use crate::policy::{Entry, Facts};

pub const CONDITION: Condition = Condition {
    key: "domain",
    argument: Some("example.com"),
    summary: "People with a verified e-mail address at exactly this domain.",
    parse,
    holds,
    describe,
};

/// One exact domain: what is below it belongs to others often enough.
fn parse(domain: &str) -> Option<Entry> {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let whole = domain.split('.').all(|label| !label.is_empty());
    let fits = domain.len() <= 253 && domain.chars().all(named) && whole;
    fits.then(|| Entry::Domain(domain.to_lowercase().into()))
}

fn holds(entry: &Entry, facts: Facts<'_>) -> Option<bool> {
    let Entry::Domain(domain) = entry else {
        return None;
    };
    // Anybody can write any address into a profile: one that was not proven says nothing.
    let user = facts.user.filter(|user| user.email_verified);
    Some(at(user.and_then(|user| user.email.as_deref())).is_some_and(|at| is(at, domain)))
}

fn describe(entry: &Entry, facts: Facts<'_>) -> Option<String> {
    let Entry::Domain(domain) = entry else {
        return None;
    };
    let Some(user) = facts.user else {
        return Some("nobody is signed in".to_owned());
    };
    let who = user.login.as_str();
    Some(match at(user.email.as_deref()) {
        None => format!("{who} has no e-mail address"),
        Some(_) if !user.email_verified => format!("the address of {who} was never verified"),
        Some(at) if is(at, domain) => format!("{who} has an address at {domain}"),
        Some(at) => format!("{who} has an address at {at}"),
    })
}

/// What follows the last `@`.
fn at(email: Option<&str>) -> Option<&str> {
    email?.rsplit_once('@').map(|(_, domain)| domain)
}

fn is(domain: &str, wanted: &str) -> bool {
    domain.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::person;

    #[test]
    fn a_domain_is_exactly_that_of_a_proven_address() {
        let entry = parse("Corp.Test").unwrap();
        let mut alice = person("alice", &[]);
        for (email, verified, expected) in [
            (Some("alice@corp.test"), true, true),
            (Some("alice@CORP.test"), true, true),
            (Some("alice@corp.test"), false, false),
            (Some("alice@sub.corp.test"), true, false),
            (Some("alice@evilcorp.test"), true, false),
            (Some("\"x@corp.test\"@evil.test"), true, false),
            (None, true, false),
        ] {
            alice.email = email.map(str::to_owned);
            alice.email_verified = verified;
            let facts = Facts::of(&alice);
            assert_eq!(holds(&entry, facts), Some(expected), "{email:?}");
        }
        assert_eq!(holds(&entry, Facts::anonymous()), Some(false));
    }

    #[test]
    fn what_is_no_domain_is_not_read() {
        for text in [
            "@corp.test",
            "*.corp.test",
            "corp..test",
            ".corp.test",
            "a b",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
