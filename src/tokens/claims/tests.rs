//! What scopes give, standard and configured.

use serde_json::{Map, json};

use super::*;
use crate::base::Timestamp;
use crate::model::{Login, LoginMethod};

pub(super) fn user() -> User {
    User {
        id: "u1".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".into(),
        name: String::new(),
        email: None,
        email_verified: true,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: BTreeMap::from([("locale".to_owned(), String::new())]),
        disabled: false,
        created: Timestamp::from_seconds(1),
        updated: Timestamp::from_seconds(2),
        epoch: 0,
    }
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn about(user: &User, scopes: &ScopeSet, catalogue: &Catalogue) -> Map<String, Value> {
    let acme = "acme".into();
    let whom = catalogue.whom(user, "s1", Some(&acme));
    catalogue.about(&whom, scopes).under([])
}

#[test]
fn a_claim_without_a_value_is_left_out() {
    let all = scopes("openid profile email groups offline_access");
    let claims = about(&user(), &all, &Catalogue::default());
    let names: Vec<_> = claims.keys().map(String::as_str).collect();
    assert_eq!(names, ["preferred_username", "updated_at"]);
    assert_eq!(claims["updated_at"], 2);
}

#[test]
fn a_scope_gives_its_own_claims_and_no_others() {
    let mut user = user();
    user.email = Some("Alice@corp.test".into());
    user.groups = vec!["admin".into(), "x,admin".into()];
    let claims = about(&user, &scopes("openid email"), &Catalogue::default());
    assert_eq!(claims.len(), 2);
    assert_eq!(claims["email"], "Alice@corp.test");
    assert_eq!(claims["email_verified"], true);
    let claims = about(&user, &scopes("groups"), &Catalogue::default());
    assert_eq!(claims["groups"], serde_json::json!(["admin", "x,admin"]));
}

#[test]
fn a_configured_scope_gives_built_in_claims_and_cannot_name_protocol_ones() {
    let more = Catalogue {
        scope_claims: ScopeClaims::from([(
            "team".to_owned(),
            vec!["groups".to_owned(), "iss".to_owned()],
        )]),
        ..Catalogue::default()
    };
    let mut user = user();
    user.groups = vec!["staff".into()];
    let claims = about(&user, &scopes("team"), &more);
    assert_eq!(claims.keys().collect::<Vec<_>>(), ["groups"]);
    assert!(more.knows("team"));
    assert!(!more.knows("payments"));
}

#[test]
fn address_and_phone_come_from_attributes_and_never_in_halves() {
    let mut user = user();
    let asked = scopes("openid address phone");
    assert!(about(&user, &asked, &Catalogue::default()).is_empty());
    let verified = ("phone_number_verified".to_owned(), "true".to_owned());
    user.attributes.extend([verified]);
    assert!(about(&user, &asked, &Catalogue::default()).is_empty());
    user.attributes.extend([
        ("phone_number".to_owned(), "+420 1".to_owned()),
        ("address.locality".to_owned(), "Brno".to_owned()),
        ("address.region".to_owned(), String::new()),
    ]);
    let claims = about(&user, &asked, &Catalogue::default());
    let expected = serde_json::json!({
        "address": { "locality": "Brno" },
        "phone_number": "+420 1",
        "phone_number_verified": true,
    });
    assert_eq!(Value::Object(claims), expected);
}

fn custom(name: &str, scope: &str, value: &str) -> (ClaimName, CustomClaim) {
    let claim = CustomClaim {
        scope: scope.to_owned(),
        value: Mapping::parse(value).unwrap(),
    };
    (ClaimName::parse(name).unwrap(), claim)
}

#[test]
fn a_custom_claim_goes_with_its_scope_and_with_scopes_that_name_it() {
    let catalogue = Catalogue {
        scope_claims: ScopeClaims::from([("billing".to_owned(), vec!["plan".to_owned()])]),
        custom: BTreeMap::from([
            custom("plan", "openid", "{user.attr.plan}"),
            custom("desk", "office", "{user.attr.desk | number}"),
            custom("locale", "profile", "{user.attr.lang | default \"cs\"}"),
        ]),
        ..Catalogue::default()
    };
    let mut user = user();
    let attributes = [("plan", "gold"), ("desk", "7")];
    user.attributes
        .extend(attributes.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let said = |scope| about(&user, &scopes(scope), &catalogue);
    assert_eq!(Value::Object(said("openid")), json!({ "plan": "gold" }));
    assert_eq!(Value::Object(said("billing")), json!({ "plan": "gold" }));
    assert_eq!(Value::Object(said("office")), json!({ "desk": 7 }));
    assert_eq!(said("profile")["locale"], "cs");
    assert!(said("email").is_empty());
    for scope in ["billing", "office"] {
        assert!(catalogue.knows(scope) && catalogue.scope_names().contains(&scope));
    }
    assert!(catalogue.claim_names().contains(&"desk"));
    let whom = catalogue.whom(&user, "s1", None);
    assert_eq!(catalogue.single(&whom, "desk"), Some(json!(7)));
}

#[test]
fn ten_02_nothing_said_about_a_person_takes_the_place_of_what_the_protocol_says() {
    let mut said = Personal::default();
    for name in ["sub", "iss", "aud", "exp", "cnf", "act", "dw_ref", "plan"] {
        said.say(name, json!("forged"));
    }
    assert_eq!(said.find("cnf"), None);
    let all = said.under([("sub", json!("s1")), ("plan", json!("ours"))]);
    assert_eq!(Value::Object(all), json!({ "sub": "s1", "plan": "ours" }));
}

#[test]
fn the_tenant_scope_says_in_which_tenant_access_was_given() {
    let acme = Tenant {
        id: "acme".into(),
        uuid: "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111".to_owned(),
        name: "Acme Fitness".to_owned(),
        login: LoginMethod::ALL.to_vec(),
    };
    let mut catalogue = Catalogue::default();
    assert!(about(&user(), &scopes("openid tenant"), &catalogue).is_empty());
    catalogue.tenants.insert("acme".into(), acme);
    let said = about(&user(), &scopes("openid tenant"), &catalogue);
    let expected = json!({
        "tenant_name": "Acme Fitness",
        "tenant_sub": "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111",
    });
    assert_eq!(Value::Object(said), expected);
    assert!(
        about(&user(), &scopes("openid profile"), &catalogue)
            .get("tenant_sub")
            .is_none()
    );
}
