//! Texts: parameters, scopes, templates of claims, configuration files.

use std::collections::BTreeMap;

use crate::base::{ScopeSet, Timestamp, UserId};
use crate::config::{Surroundings, examine_text};
use crate::model::{Login, User};
use crate::tokens::claims::{Mapping, Whom};
use crate::web::Params;

/// A query or a form: written again and read again, it says the same.
pub(super) fn parameters(input: &[u8]) {
    let Ok(params) = Params::parse(input) else {
        return;
    };
    let read = Params::parse(params.encode().as_bytes());
    let encoded = params.encode();
    if encoded.len() <= crate::web::params::MAX_BYTES {
        assert!(
            read.is_ok_and(|read| read.iter().eq(params.iter())),
            "{encoded}"
        );
    }
    for (name, _) in params.iter() {
        let count = params.values(name).count();
        assert!(params.has(name) && count > 0);
        if let Some(value) = params.find(name) {
            assert!(count == 1 && !value.is_empty(), "{name}");
        }
        assert!(count == 1 || params.duplicate(&[]).is_some(), "{name}");
    }
}

/// Two scope lists, one a line: sets, whose parts are no more than they.
pub(super) fn scopes(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lists = text.splitn(2, '\n').map(ScopeSet::parse);
    let Some(Ok(one)) = lists.next() else {
        return;
    };
    assert!(ScopeSet::parse(&one.to_string()).is_ok_and(|again| again == one));
    for name in one.iter() {
        let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(!name.is_empty() && name.bytes().all(allowed), "{name}");
        assert!(text.split([' ', '\n']).any(|sent| sent == name), "{name}");
    }
    if let Some(Ok(other)) = lists.next() {
        let (both, either) = (one.intersection(&other), one.union(&other));
        assert!(both.is_subset(&one) && both.is_subset(&other));
        assert!(one.is_subset(&either) && other.is_subset(&either));
        assert_eq!(one.is_subset(&other), both == one);
    }
}

/// A template of a claim: what is understood is understood again, and says nothing empty.
pub(super) fn claims_mapping(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(mapping) = Mapping::parse(text) else {
        return;
    };
    assert_eq!(mapping.as_str(), text);
    assert_eq!(Mapping::parse(mapping.as_str()).as_ref(), Ok(&mapping));
    let Some(login) = Login::parse("ada") else {
        return;
    };
    let user = somebody(login);
    for tenant in [None, super::issuer::acme()] {
        let whom = Whom {
            user: &user,
            sub: "u-1",
            tenant,
        };
        if let Some(value) = mapping.value(&whom) {
            assert!(!value.is_null() && value != "", "{text}");
            assert_eq!(mapping.value(&whom), Some(value));
        }
    }
}

fn somebody(login: Login) -> User {
    User {
        id: UserId::from("u-1"),
        login,
        username: "Ada".to_owned(),
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: true,
        groups: vec!["staff".into(), "admin".into()],
        tenants: vec!["acme".into()],
        attributes: BTreeMap::from([
            ("plan".to_owned(), "gold, silver".to_owned()),
            ("odd".to_owned(), "\u{130} ß }{|\"".to_owned()),
        ]),
        disabled: false,
        created: Timestamp::from_seconds(1),
        updated: Timestamp::from_seconds(2),
        epoch: 0,
    }
}

/// A configuration file: settings, or a reason why not, never both an error and settings.
pub(super) fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    // Files that it names are looked for where there are none.
    let absolute = ["\"/", "'/", "sqlite:", ".."]
        .iter()
        .any(|part| text.contains(part));
    if absolute {
        return;
    }
    let variables = [("SHOP", "a-secret-that-is-long-enough")];
    let outcome = examine_text(
        "doorward.toml",
        text,
        &Surroundings::of("/nowhere", variables),
    );
    let report = outcome.report;
    let said = (
        report.human(true),
        report.human(false),
        report.json(),
        report.sarif(),
    );
    let wrong = report.problems().iter();
    let errors = wrong.filter(|one| one.severity == crate::config::Severity::Error);
    assert_eq!(outcome.settings.is_none(), errors.count() > 0, "{}", said.1);
}
