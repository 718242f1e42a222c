//! Everything `allow` and `deny` can say: one file each, listed once.

mod anyone;
mod authenticated;
mod claim;
mod domain;
mod group;
mod tenant;
mod user;

use super::{Entry, Facts};

/// One kind of entry in `allow` and `deny`.
pub struct Condition {
    /// What is written before the colon, or alone when nothing follows.
    pub key: &'static str,
    /// What follows the colon, for the documentation; `None` when nothing may.
    pub argument: Option<&'static str>,
    /// What it means, in one sentence.
    pub summary: &'static str,
    /// Reads the part after the colon (empty when nothing follows); `None` when it cannot be one.
    pub parse: fn(&str) -> Option<Entry>,
    /// Whether these facts are meant; `None` when the entry is of another kind.
    pub holds: fn(&Entry, Facts<'_>) -> Option<bool>,
    /// Why it does or does not, in words; `None` when the entry is of another kind.
    pub describe: fn(&Entry, Facts<'_>) -> Option<String>,
}

/// Every kind of entry, in the order the documentation lists them.
pub const CONDITIONS: &[Condition] = &[
    anyone::CONDITION,
    authenticated::CONDITION,
    group::CONDITION,
    user::CONDITION,
    tenant::CONDITION,
    domain::CONDITION,
    claim::CONDITION,
];

/// Why an entry could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No condition has this key.
    #[error("there is no condition `{0}`")]
    UnknownKey(String),
    /// The condition wants something after the colon.
    #[error("`{key}` is written `{key}:{argument}`")]
    ArgumentMissing {
        /// The condition.
        key: &'static str,
        /// What is missing.
        argument: &'static str,
    },
    /// The condition stands alone.
    #[error("`{0}` is written alone, without a colon")]
    ArgumentUnexpected(&'static str),
    /// What follows the colon cannot name anything.
    #[error("`{0}` cannot be the name of anything")]
    Malformed(String),
}

/// Reads one entry, such as `group:staff`.
pub fn parse(text: &str) -> Result<Entry, ParseError> {
    let (key, argument) = match text.split_once(':') {
        Some((key, argument)) => (key, Some(argument)),
        None => (text, None),
    };
    let condition = CONDITIONS
        .iter()
        .find(|condition| condition.key == key)
        .ok_or_else(|| ParseError::UnknownKey(key.to_owned()))?;
    match (condition.argument, argument) {
        (Some(wanted), None | Some("")) => Err(ParseError::ArgumentMissing {
            key: condition.key,
            argument: wanted,
        }),
        (None, Some(_)) => Err(ParseError::ArgumentUnexpected(condition.key)),
        (Some(_), Some(argument)) => {
            (condition.parse)(argument).ok_or_else(|| ParseError::Malformed(argument.to_owned()))
        }
        (None, None) => (condition.parse)("").ok_or_else(|| ParseError::Malformed(text.to_owned())),
    }
}

/// Whether `entry` means `facts`. An entry that no condition claims means nobody.
pub(super) fn holds(entry: &Entry, facts: Facts<'_>) -> bool {
    CONDITIONS
        .iter()
        .find_map(|condition| (condition.holds)(entry, facts))
        .unwrap_or(false)
}

/// Why `entry` does or does not mean `facts`.
pub(super) fn describe(entry: &Entry, facts: Facts<'_>) -> String {
    CONDITIONS
        .iter()
        .find_map(|condition| (condition.describe)(entry, facts))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_reads_back_what_it_is_written_as() {
        for (text, entry) in [
            ("anyone", Entry::Anyone),
            ("authenticated", Entry::Authenticated),
            ("group:staff", Entry::Group("staff".into())),
            ("tenant:acme", Entry::Tenant("acme".into())),
            ("domain:Corp.Test", Entry::Domain("corp.test".into())),
            (
                "claim:plan=a:b=c",
                Entry::Claim {
                    name: "plan".into(),
                    value: "a:b=c".into(),
                },
            ),
            (
                "user:Bob@Partner.net",
                Entry::User(crate::model::Login::parse("bob@partner.net").unwrap()),
            ),
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&entry), "{text}");
            assert_eq!(parse(&entry.to_string()), Ok(entry));
        }
    }

    #[test]
    fn what_is_not_a_condition_is_refused_by_name() {
        assert_eq!(
            parse("groups:staff"),
            Err(ParseError::UnknownKey("groups".to_owned()))
        );
        assert!(matches!(
            parse("group:"),
            Err(ParseError::ArgumentMissing { key: "group", .. })
        ));
        assert!(matches!(
            parse("group"),
            Err(ParseError::ArgumentMissing { key: "group", .. })
        ));
        assert_eq!(
            parse("anyone:really"),
            Err(ParseError::ArgumentUnexpected("anyone"))
        );
        assert!(matches!(parse("user:a b"), Err(ParseError::Malformed(_))));
        assert!(parse("").is_err());
        assert!(parse("Anyone").is_err());
    }

    #[test]
    fn exactly_one_condition_claims_each_entry() {
        let facts = Facts::anonymous();
        for text in [
            "anyone",
            "authenticated",
            "group:a",
            "user:a",
            "tenant:a",
            "domain:a",
            "claim:a=b",
        ] {
            let entry = parse(text).unwrap();
            let claims = CONDITIONS
                .iter()
                .filter(|condition| (condition.holds)(&entry, facts).is_some())
                .count();
            assert_eq!(claims, 1, "{text}");
        }
    }
}
