use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::Timestamp;
use crate::gateway::identity::{Encoding, GroupPattern};
use crate::gateway::presets::Preset;
use crate::model::Login;

fn alice() -> User {
    User {
        id: "u-alice".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".to_owned(),
        name: "Alice Ž".to_owned(),
        email: Some("alice@app.test".to_owned()),
        email_verified: true,
        groups: vec!["staff".into()],
        tenants: Vec::new(),
        attributes: BTreeMap::from([("dept".to_owned(), "R&D".to_owned())]),
        disabled: false,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        epoch: 0,
    }
}

fn sent(preset: &str, user: &User) -> Vec<(String, String)> {
    identity_headers(&Preset::find(preset).unwrap().headers(), user)
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8(value.as_bytes().to_vec()).unwrap()))
        .collect()
}

/// What a header with this value says of `user`, where the route says no more.
fn text_of(value: &IdentityValue, user: Option<&User>) -> Option<String> {
    told(&IdentityHeaders::default(), value, user)
}

fn told(identity: &IdentityHeaders, value: &IdentityValue, user: Option<&User>) -> Option<String> {
    let bytes = Saying { identity, user }.bytes(value)?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

fn in_groups(names: &[&str]) -> User {
    User {
        groups: names.iter().map(|name| (*name).into()).collect(),
        ..alice()
    }
}

fn groups_of(names: &[&str]) -> String {
    text_of(&IdentityValue::Groups, Some(&in_groups(names))).unwrap_or_default()
}

#[test]
fn a_preset_says_who_the_person_is() {
    assert_eq!(
        sent("remote-user", &alice()),
        [
            ("Remote-User", "alice"),
            ("Remote-Groups", "staff"),
            ("Remote-Email", "alice@app.test"),
            ("Remote-Name", "Alice Ž"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn hdr_08_what_is_not_known_is_not_sent() {
    let mut user = alice();
    user.email = None;
    user.groups.clear();
    let names: Vec<String> = sent("remote-user", &user)
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert_eq!(names, ["Remote-User", "Remote-Name"]);
    assert_eq!(
        sent("iap", &user),
        [(
            "X-Goog-Authenticated-User-Id".to_owned(),
            "accounts.google.com:u-alice".to_owned()
        )]
    );
}

#[test]
fn hdr_07_a_group_with_the_separator_in_its_name_stays_one_group() {
    assert_eq!(groups_of(&["x,admin"]), "x%2Cadmin");
    assert_eq!(groups_of(&["x%2Cadmin"]), "x%252Cadmin");
    assert_eq!(groups_of(&[" admin", "admin "]), "%20admin,admin%20");
    assert_eq!(groups_of(&["a b", "c"]), "a b,c");
}

#[test]
fn hdr_16_line_ends_in_a_name_are_encoded() {
    let mut user = alice();
    user.name = "Ann\r\nX-Auth-Groups: admin\0\u{85}\u{2028}".to_owned();
    assert_eq!(
        text_of(&IdentityValue::Name, Some(&user)).unwrap(),
        "Ann%0D%0AX-Auth-Groups: admin%00%C2%85%E2%80%A8"
    );
}

#[test]
fn a_template_is_filled_or_not_sent() {
    let user = alice();
    let fill = |template: &str| text_of(&IdentityValue::Template(template.to_owned()), Some(&user));
    assert_eq!(
        fill("u={user.username};d={user.attr.dept}").unwrap(),
        "u=alice;d=R&D"
    );
    assert_eq!(fill("constant").unwrap(), "constant");
    assert_eq!(fill("{user.attr.missing}"), None);
    assert_eq!(fill("{user.nothing}"), None);
    assert_eq!(fill("{user.email"), None);
}

#[test]
fn a_stranger_on_a_public_route_has_no_name_but_a_shared_secret_is_sent() {
    let text = |value: &IdentityValue| text_of(value, None);
    assert_eq!(text(&IdentityValue::Username), None);
    assert_eq!(text(&IdentityValue::Groups), None);
    assert_eq!(
        text(&IdentityValue::Template("{user.email}".to_owned())),
        None
    );
    let secret = crate::base::Secret::new("s".to_owned());
    assert_eq!(text(&IdentityValue::Secret(secret)).unwrap(), "s");
}

#[test]
fn an_app_is_told_of_the_groups_that_concern_it() {
    let identity = IdentityHeaders {
        groups: vec![GroupPattern::new("wiki-*"), GroupPattern::new("staff")],
        ..IdentityHeaders::default()
    };
    let user = in_groups(&["wiki-admins", "payroll", "staff", "staff2"]);
    let groups = |value| told(&identity, &value, Some(&user));
    assert_eq!(groups(IdentityValue::Groups).unwrap(), "wiki-admins,staff");
    let template = IdentityValue::Template("[{user.groups}]".to_owned());
    assert_eq!(groups(template).unwrap(), "[wiki-admins,staff]");
    let stranger = in_groups(&["payroll"]);
    assert_eq!(
        told(&identity, &IdentityValue::Groups, Some(&stranger)),
        None
    );
}

#[test]
fn basic_credentials_name_one_person_and_no_other() {
    let password = || IdentityValue::Basic(Secret::new("s3cret".to_owned()));
    let pair = |username: &str| {
        let user = User {
            username: username.to_owned(),
            ..alice()
        };
        let text = text_of(&password(), Some(&user)).unwrap();
        let pair = STANDARD.decode(text.strip_prefix("Basic ").unwrap());
        String::from_utf8(pair.unwrap()).unwrap()
    };
    assert_eq!(pair("alice"), "alice:s3cret");
    assert_eq!(pair("Žofie"), "Žofie:s3cret");
    assert_eq!(pair("root:x"), "root%3Ax:s3cret");
    assert_eq!(pair("root%3Ax"), "root%253Ax:s3cret");
    assert_eq!(text_of(&password(), None), None);
}

proptest! {
    #[test]
    fn hdr_07_any_list_of_groups_reads_back_as_itself(names in prop::collection::vec("\\PC{1,8}", 0..5)) {
        let text = groups_of(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let back: Vec<String> = text
            .split(',')
            .filter(|part| !part.is_empty())
            .map(|part| {
                percent_encoding::percent_decode_str(part.trim()).decode_utf8().unwrap().into_owned()
            })
            .collect();
        prop_assert_eq!(back, names);
    }

    #[test]
    fn any_text_makes_one_header_value(text in any::<String>()) {
        let user = User { name: text, ..alice() };
        for encoding in [Encoding::Utf8, Encoding::Percent, Encoding::Latin1, Encoding::Rfc8187] {
            let identity = IdentityHeaders { encoding, ..IdentityHeaders::default() };
            let bytes = Saying { identity: &identity, user: Some(&user) }.bytes(&IdentityValue::Name);
            prop_assert!(bytes.is_none_or(|bytes| HeaderValue::from_maybe_shared(bytes).is_ok()));
        }
    }
}
