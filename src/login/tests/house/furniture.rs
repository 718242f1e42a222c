//! Who lives in the house, which tenants it has, and what its pages look like.

use std::collections::BTreeMap;

use crate::base::{Rng, TenantId, Timestamp, UserId};
use crate::login::LoginSettings;
use crate::model::{Login, LoginMethod, Tenant, User};
use crate::web::brand::{Brand, BrandSettings, Logo, Picture};

/// Tenants, with the ways in that they take.
const PASSWORDS: (&str, &[LoginMethod]) = ("Passwords", &[LoginMethod::Password]);
const LINKS: (&str, &[LoginMethod]) = ("Links", &[LoginMethod::OneTimeLink]);
const BOTH: (&str, &[LoginMethod]) = ("Both", &LoginMethod::ALL);

/// Of an issuer a logo, of a tenant a name.
pub fn brands() -> BrandSettings {
    let named = |name: &str| Brand {
        name: Some(name.to_owned()),
        ..Brand::default()
    };
    let picture = |text: &'static str| Picture {
        kind: "image/svg+xml",
        body: text.into(),
    };
    let pictured = Brand {
        logo: Some(Logo {
            light: picture("<svg/>"),
            dark: Some(picture("<svg />")),
        }),
        ..named("Issuer")
    };
    BrandSettings {
        site: Brand::default(),
        issuers: [("pictured".into(), pictured)].into(),
        tenants: [("passwords".into(), named("Passwords"))].into(),
    }
}

pub fn settings_with_tenants() -> LoginSettings {
    LoginSettings {
        tenants: [PASSWORDS, LINKS, BOTH].map(tenant).into(),
        ..LoginSettings::default()
    }
}

fn tenant((name, login): (&str, &[LoginMethod])) -> (TenantId, Tenant) {
    let tenant = Tenant {
        id: name.to_lowercase().as_str().into(),
        uuid: format!("uuid-of-{name}"),
        name: name.to_owned(),
        login: login.to_vec(),
    };
    (tenant.id.clone(), tenant)
}

pub fn person(name: &str, now: Timestamp) -> User {
    User {
        id: UserId::random(&Rng::system()).unwrap(),
        login: Login::parse(name).unwrap(),
        username: name.into(),
        name: String::new(),
        email: Some(format!("{name}@corp.test")),
        email_verified: true,
        groups: vec![],
        tenants: vec![],
        attributes: BTreeMap::default(),
        disabled: false,
        created: now,
        updated: now,
        epoch: 0,
    }
}
