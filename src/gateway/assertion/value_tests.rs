use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::Timestamp;
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

fn groups_of(names: &[&str]) -> String {
    let mut user = alice();
    user.groups = names.iter().map(|name| (*name).into()).collect();
    groups(&user, ',')
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
        text_of(&IdentityValue::Name, Some(&user), ',').unwrap(),
        "Ann%0D%0AX-Auth-Groups: admin%00%C2%85%E2%80%A8"
    );
}

#[test]
fn a_template_is_filled_or_not_sent() {
    let user = alice();
    let fill = |template: &str| fill(template, Some(&user), ',');
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
    let text = |value: &IdentityValue| text_of(value, None, ',');
    assert_eq!(text(&IdentityValue::Username), None);
    assert_eq!(text(&IdentityValue::Groups), None);
    assert_eq!(
        text(&IdentityValue::Template("{user.email}".to_owned())),
        None
    );
    let secret = crate::base::Secret::new("s".to_owned());
    assert_eq!(text(&IdentityValue::Secret(secret)).unwrap(), "s");
}

proptest! {
    #[test]
    fn hdr_07_any_list_of_groups_reads_back_as_itself(names in prop::collection::vec("\\PC{1,8}", 0..5)) {
        let mut user = alice();
        user.groups = names.iter().map(|name| name.as_str().into()).collect();
        let text = groups(&user, ',');
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
        prop_assert!(HeaderValue::from_maybe_shared(Bytes::from(one_line(&text))).is_ok());
    }
}
