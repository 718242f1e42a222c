//! The scopes every issuer knows, and what their claims say about a person.

use serde_json::{Map, Value};

use super::Whom;
use crate::model::User;

/// Each scope and the claims it promises (OpenID Connect Core 5.4; groups and tenants are ours).
pub const SCOPES: &[(&str, &[&str])] = &[
    ("openid", &["sub"]),
    ("profile", PROFILE),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("groups", &["groups"]),
    ("group", &["groups"]),
    ("tenant", &["tenant_name", "tenant_sub"]),
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

/// The scope that promises a claim.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    SCOPES
        .iter()
        .find(|(_, claims)| claims.contains(&claim))
        .map(|(scope, _)| *scope)
}

/// What a claim says about somebody; `None` when there is nothing to say.
pub fn value(whom: &Whom<'_>, claim: &str) -> Option<Value> {
    let user = whom.user;
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
        "tenant_name" => text(&whom.tenant?.name),
        "tenant_sub" => text(&whom.tenant?.uuid),
        "address" => address(user),
        "phone_number" => text(user.attributes.get("phone_number")?),
        // Says something about a number, so never without one.
        "phone_number_verified" => {
            value(whom, "phone_number")?;
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
