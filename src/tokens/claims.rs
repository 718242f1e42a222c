//! Which claims a scope promises, and what they say about a person.
//!
//! A claim without a value is left out: never null, never empty, never invented.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::base::ScopeSet;
use crate::model::User;

/// The scopes every issuer knows, and the claims each promises (OpenID Connect Core 5.4; groups
/// are ours).
pub const SCOPES: &[(&str, &[&str])] = &[
    ("openid", &["sub"]),
    ("profile", PROFILE),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("groups", &["groups"]),
    ("group", &["groups"]),
    ("offline_access", &[]),
];

const PROFILE: &[&str] = &[
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// Further scope names for built-in claims, as an issuer is configured.
pub type ScopeClaims = BTreeMap<String, Vec<String>>;

/// Whether an issuer with `more` knows the scope.
pub fn is_known(scope: &str, more: &ScopeClaims) -> bool {
    SCOPES.iter().any(|(name, _)| *name == scope) || more.contains_key(scope)
}

/// Every scope an issuer with `more` knows.
pub fn scope_names(more: &ScopeClaims) -> Vec<&str> {
    let built_in = SCOPES.iter().map(|(name, _)| *name);
    let further = more
        .keys()
        .map(String::as_str)
        .filter(|name| SCOPES.iter().all(|(known, _)| known != name));
    built_in.chain(further).collect()
}

/// Every claim that the scopes of an issuer with `more` can give.
pub fn claim_names(more: &ScopeClaims) -> Vec<&str> {
    let mut names = Vec::new();
    for scope in scope_names(more) {
        for claim in promised(scope, more) {
            if !names.contains(&claim) {
                names.push(claim);
            }
        }
    }
    names
}

/// What `scopes` promise, as far as there is something to say about `user`. Without `sub`.
pub fn about(user: &User, scopes: &ScopeSet, more: &ScopeClaims) -> Map<String, Value> {
    scopes
        .iter()
        .flat_map(|scope| promised(scope, more))
        .filter_map(|claim| Some((claim.to_owned(), value(user, claim)?)))
        .collect()
}

/// What these claims say about `user`, as far as there is something to say.
pub fn asked<'a>(
    user: &User,
    names: impl Iterator<Item = &'a str>,
    more: &ScopeClaims,
) -> Map<String, Value> {
    let known = claim_names(more);
    names
        .filter(|name| known.contains(name))
        .filter_map(|name| Some((name.to_owned(), value(user, name)?)))
        .collect()
}

/// Whether `scope` gives `claim`.
pub fn gives(scope: &str, claim: &str, more: &ScopeClaims) -> bool {
    promised(scope, more).any(|promised| promised == claim)
}

fn promised<'a>(scope: &'a str, more: &'a ScopeClaims) -> impl Iterator<Item = &'a str> {
    let built_in = SCOPES.iter().filter(move |(name, _)| *name == scope);
    let further = more.get(scope).into_iter().flatten();
    built_in
        .flat_map(|(_, claims)| claims.iter().copied())
        .chain(further.map(String::as_str))
}

fn value(user: &User, claim: &str) -> Option<Value> {
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    match claim {
        "name" => text(&user.name),
        "preferred_username" => text(&user.username),
        "updated_at" => Some(user.updated.seconds().into()),
        "email" => text(user.email.as_deref()?),
        // Says something about an address, so never without one.
        "email_verified" => user
            .email
            .as_deref()
            .filter(|email| !email.is_empty())
            .map(|_| user.email_verified.into()),
        "groups" => (!user.groups.is_empty()).then(|| {
            user.groups
                .iter()
                .map(|group| Value::from(group.as_str()))
                .collect()
        }),
        "address" => address(user),
        "phone_number" => text(user.attributes.get("phone_number")?),
        // Says something about a number, so never without one.
        "phone_number_verified" => {
            value(user, "phone_number")?;
            let verified = user.attributes.get("phone_number_verified");
            Some(verified.is_some_and(|verified| verified == "true").into())
        }
        standard if PROFILE.contains(&standard) => text(user.attributes.get(standard)?),
        _ => None,
    }
}

/// The parts of the `address` claim (OpenID Connect Core 5.1.1), from attributes of the same names
/// after `address.`.
fn address(user: &User) -> Option<Value> {
    const PARTS: [&str; 6] = [
        "formatted",
        "street_address",
        "locality",
        "region",
        "postal_code",
        "country",
    ];
    let parts: Map<_, _> = PARTS
        .into_iter()
        .filter_map(|part| {
            let text = user.attributes.get(&format!("address.{part}"))?;
            (!text.is_empty()).then(|| (part.to_owned(), Value::from(text.as_str())))
        })
        .collect();
    (!parts.is_empty()).then_some(Value::Object(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::model::Login;

    fn user() -> User {
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

    #[test]
    fn a_claim_without_a_value_is_left_out() {
        let all = scopes("openid profile email groups offline_access");
        let claims = about(&user(), &all, &ScopeClaims::new());
        let names: Vec<_> = claims.keys().map(String::as_str).collect();
        assert_eq!(names, ["preferred_username", "updated_at"]);
        assert_eq!(claims["updated_at"], 2);
    }

    #[test]
    fn a_scope_gives_its_own_claims_and_no_others() {
        let mut user = user();
        user.email = Some("Alice@corp.test".into());
        user.groups = vec!["admin".into(), "x,admin".into()];
        let claims = about(&user, &scopes("openid email"), &ScopeClaims::new());
        assert_eq!(claims.len(), 2);
        assert_eq!(claims["email"], "Alice@corp.test");
        assert_eq!(claims["email_verified"], true);
        let claims = about(&user, &scopes("groups"), &ScopeClaims::new());
        assert_eq!(claims["groups"], serde_json::json!(["admin", "x,admin"]));
    }

    #[test]
    fn a_configured_scope_gives_built_in_claims_and_cannot_name_protocol_ones() {
        let more = ScopeClaims::from([(
            "team".to_owned(),
            vec!["groups".to_owned(), "iss".to_owned()],
        )]);
        let mut user = user();
        user.groups = vec!["staff".into()];
        let claims = about(&user, &scopes("team"), &more);
        assert_eq!(claims.keys().collect::<Vec<_>>(), ["groups"]);
        assert!(is_known("team", &more));
        assert!(!is_known("payments", &more));
    }

    #[test]
    fn address_and_phone_come_from_attributes_and_never_in_halves() {
        let mut user = user();
        let asked = scopes("openid address phone");
        assert!(about(&user, &asked, &ScopeClaims::new()).is_empty());
        let verified = ("phone_number_verified".to_owned(), "true".to_owned());
        user.attributes.extend([verified]);
        assert!(about(&user, &asked, &ScopeClaims::new()).is_empty());
        user.attributes.extend([
            ("phone_number".to_owned(), "+420 1".to_owned()),
            ("address.locality".to_owned(), "Brno".to_owned()),
            ("address.region".to_owned(), String::new()),
        ]);
        let claims = about(&user, &asked, &ScopeClaims::new());
        let expected = serde_json::json!({
            "address": { "locality": "Brno" },
            "phone_number": "+420 1",
            "phone_number_verified": true,
        });
        assert_eq!(Value::Object(claims), expected);
    }
}
