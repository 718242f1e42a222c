use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::{LoginMethod, Tenant, User};
use crate::tokens::claims::tests::user;

fn alice() -> User {
    let mut user = user();
    user.email = Some("Alice@corp.test".into());
    user.groups = vec!["dev".into(), "x,y".into()];
    for (name, value) in [
        ("plan", "Gold"),
        ("teams", "red, blue,, "),
        ("seats", " 12 "),
        ("share", "0.5"),
        ("staff", "Yes"),
        ("empty", ""),
        ("brace", "{user.email}"),
    ] {
        user.attributes.insert(name.to_owned(), value.to_owned());
    }
    user
}

fn say(template: &str) -> Option<Value> {
    let (user, tenant) = (alice(), tenant());
    let whom = Whom {
        user: &user,
        sub: "pseudonym",
        tenant: Some(&tenant),
    };
    Mapping::parse(template).unwrap().value(&whom)
}

fn tenant() -> Tenant {
    Tenant {
        id: "acme".into(),
        uuid: "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111".to_owned(),
        name: "Acme Fitness".to_owned(),
        login: LoginMethod::ALL.to_vec(),
    }
}

#[test]
fn a_fact_alone_keeps_its_kind_and_among_words_it_is_text() {
    for (template, said) in [
        ("{user.attr.plan}", json!("Gold")),
        ("plan-{user.attr.plan|lower}", json!("plan-gold")),
        ("{user.groups}", json!(["dev", "x,y"])),
        ("{ user.groups | upper | join \"|\" }", json!("DEV|X,Y")),
        ("{user.attr.teams | split \",\"}", json!(["red", "blue"])),
        ("{user.attr.seats | number}", json!(12)),
        ("{user.attr.share | number}", json!(0.5)),
        ("n={user.attr.seats | number}", json!("n=12")),
        ("{user.attr.staff | bool}", json!(true)),
        ("{user.sub}", json!("pseudonym")),
        ("{tenant.name} ({tenant.id})", json!("Acme Fitness (acme)")),
        ("{user.email | lower}", json!("alice@corp.test")),
        ("constant", json!("constant")),
        ("{user.attr.none | default \"}|{\"}", json!("}|{")),
        ("{user.attr.empty | default \"x\"}", json!("x")),
        ("{user.attr.plan | default \"x\"}", json!("Gold")),
        ("{user.attr.brace}", json!("{user.email}")),
    ] {
        assert_eq!(say(template), Some(said), "{template}");
    }
}

#[test]
fn what_is_not_known_is_not_said() {
    for template in [
        "{user.attr.none}",
        "{user.attr.empty}",
        "{user.name}",
        "plan {user.attr.none}",
        "{user.attr.plan | number}",
        "{user.attr.plan | bool}",
        "{user.attr.empty | split \",\"}",
    ] {
        assert_eq!(say(template), None, "{template}");
    }
}

#[test]
fn a_mistake_says_what_is_wrong() {
    for (template, said) in [
        ("", "empty"),
        ("{user.attr.plan", "needs"),
        ("plan}", "needs"),
        ("{user.mail}", "{user.mail}"),
        ("{user.attr.}", "{user.attr.}"),
        ("{{user.email}}", "called"),
        ("{user.email | shout}", "`shout`"),
        ("{user.email | split}", "split \",\""),
        ("{user.email | split ,}", "split \",\""),
        ("{user.email | lower \"x\"}", "without"),
        (
            "{user.groups | number}",
            "`number` works on a text, and gets a list",
        ),
        ("{user.email | join \",\"}", "works on a list"),
        ("{user.attr.n | number | lower}", "gets a number"),
        ("in {user.groups}", "join"),
        (&"x".repeat(1025), "longer"),
    ] {
        let fault = Mapping::parse(template).unwrap_err().to_string();
        assert!(fault.contains(said), "{template}: {fault}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_can_be_said(text in "[a-z{}|\" .]{0,40}|.{0,60}") {
        if let Ok(mapping) = Mapping::parse(&text) {
            let user = alice();
            let whom = Whom { user: &user, sub: "s", tenant: None };
            if let Some(said) = mapping.value(&whom) {
                prop_assert!(!said.is_null() && said != json!(""));
            }
        }
    }

    #[test]
    fn an_attribute_is_said_as_it_is(value in ".{1,40}") {
        let mut user = alice();
        user.attributes.insert("x".to_owned(), value.clone());
        let whom = Whom { user: &user, sub: "s", tenant: None };
        let said = Mapping::parse("{user.attr.x}").unwrap().value(&whom);
        prop_assert_eq!(said, Some(json!(value)));
    }
}
