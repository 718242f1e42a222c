//! Who and what the site of the tests knows: issuers, clients, people.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::world::SITE;
use crate::base::encoding::sha256;
use crate::base::{ClientId, ScopeSet, Timestamp};
use crate::identity::OwnerPermissions;
use crate::issuer::{Endpoints, IssuerSettings, RegistrationMode, RegistrationSettings};
use crate::model::client::ClientSecretHash;
use crate::model::{
    Algorithm, Client, ClientAuthMethod, ConsentPolicy, IdTokenClaims, Login, LoginMethod, Pkce,
    Resource, Resources, Tenant, User,
};
use crate::policy::{Requirement, Rule, parse};
use crate::tokens::claims::Catalogue;
use crate::web::brand::{Accent, Brand, BrandSettings, Colour};

pub fn issuer(name: &str, path: &str) -> IssuerSettings {
    IssuerSettings {
        id: name.into(),
        url: format!("{SITE}{path}"),
        path: path.to_owned(),
        tenant_parameter: "center_uuid".to_owned(),
        endpoints: Endpoints::connect(),
        registration: RegistrationSettings {
            mode: if name == "beta" {
                RegistrationMode::Token
            } else {
                RegistrationMode::Open
            },
            most: 20,
            ..RegistrationSettings::default()
        },
        algs: vec![Algorithm::ES256],
        rotate_every: Duration::from_hours(90 * 24),
        jwks_max_age: Duration::from_hours(1),
        code: Duration::from_mins(5),
        access_token: Duration::from_mins(30),
        id_token: Duration::from_hours(1),
        refresh_token: Duration::from_hours(14 * 24),
        refresh_reuse_grace: Duration::from_secs(10),
        id_token_claims: IdTokenClaims::ByScope,
        catalogue: catalogue(),
        session_management: false,
        client_certificates: true,
        resources: resources(),
        policies: policies(),
    }
}

/// Rules that clients can say.
fn policies() -> Arc<BTreeMap<String, Rule>> {
    let rule = |allow: &str, require: Vec<Requirement>| Rule {
        allow: vec![parse(allow).unwrap()],
        require,
        ..Rule::default()
    };
    let fresh = Requirement::Fresh(Duration::from_mins(15));
    let elsewhere = Requirement::Address(vec!["198.51.100.0/24".parse().unwrap()]);
    let policies = [
        ("alice-only", rule("user:alice", Vec::new())),
        ("fresh", rule("authenticated", vec![fresh])),
        ("elsewhere", rule("authenticated", vec![elsewhere])),
    ];
    let named = policies.map(|(name, rule)| (name.to_owned(), rule));
    Arc::new(named.into())
}

pub const BOOKINGS: &str = "https://bookings.test";
pub const FILES: &str = "https://files.test/v1";

/// Two APIs: the client `api` is the server of the first, three others of the second.
fn resources() -> Resources {
    let resource = |id: &str, scopes: &[(&str, &str)], servers: &[&str]| Resource {
        id: id.to_owned(),
        name: id.to_owned(),
        scopes: scopes
            .iter()
            .map(|(name, words)| ((*name).to_owned(), (*words).to_owned()))
            .collect(),
        access_token: None,
        servers: servers.iter().map(ClientId::new).collect(),
    };
    let bookings = [
        ("booking:read", "See your bookings"),
        ("booking:write", "Change your <bookings>"),
    ];
    let servers = ["solo", "multi", "free"];
    let files = resource(FILES, &[("files:read", "See your files")], &servers);
    [
        resource(BOOKINGS, &bookings, &["api"]),
        Resource {
            access_token: Some(Duration::from_mins(2)),
            ..files
        },
    ]
    .into_iter()
    .collect()
}

/// What it takes to ask for both APIs.
pub fn with_apis(client: Client) -> Client {
    let apis: ScopeSet = ["booking:read", "booking:write", "files:read"]
        .into_iter()
        .collect();
    Client {
        scopes: client.scopes.union(&apis),
        ..client
    }
}

pub const ACME: &str = "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111";
pub const GYM: &str = "0d6c7f0a-5a3b-4f4e-8c8e-2f1f6f0f7b22";
pub const CLUB: &str = "a3f5a8a0-3a0d-4bde-9b51-5f0e8a0d4c11";

/// Owners of clients are creators, and may let people sign in.
pub fn owners() -> OwnerPermissions {
    OwnerPermissions {
        create_api_clients: Some(vec!["creators".into()]),
        openid_login: Some(vec!["openid".into()]),
    }
}

/// Three tenants, to which nobody belongs yet; one takes no passwords.
fn catalogue() -> Catalogue {
    let tenant = |(id, uuid, name, login): (&str, &str, &str, &[LoginMethod])| {
        let tenant = Tenant {
            id: id.into(),
            uuid: uuid.to_owned(),
            name: name.to_owned(),
            login: login.to_vec(),
        };
        (tenant.id.clone(), tenant)
    };
    let (any, links) = (&LoginMethod::ALL[..], &[LoginMethod::OneTimeLink][..]);
    let tenants = [
        ("acme", ACME, "Acme Fitness", any),
        ("gym", GYM, "The Gym", any),
        ("club", CLUB, "The Club", links),
    ];
    Catalogue {
        tenants: tenants.map(tenant).into(),
        ..Catalogue::default()
    }
}

/// Looks of an issuer and of a tenant.
pub fn brands() -> BrandSettings {
    let brand = |name: &str, accent: &str| Brand {
        name: Some(name.to_owned()),
        logo: None,
        accent: Colour::parse(accent).map(Accent::of),
    };
    BrandSettings {
        site: Brand::default(),
        issuers: [("beta".into(), brand("Beta", "#1d4ed8"))].into(),
        tenants: [("acme".into(), brand("Acme Fitness", "#0b6e4f"))].into(),
    }
}

/// A public client of the issuer `production`.
pub fn client(id: &str) -> Client {
    Client {
        id: id.into(),
        issuer: "production".into(),
        name: format!("App {id}"),
        secrets: Vec::new(),
        auth: ClientAuthMethod::None,
        redirect_uris: vec![format!("https://{id}.test/cb")],
        post_logout_redirect_uris: vec![format!("https://{id}.test/bye")],
        scopes: ["openid", "profile", "email", "groups", "offline_access"]
            .into_iter()
            .collect::<ScopeSet>(),
        consent: ConsentPolicy::Skip,
        pkce: Pkce::Required,
        id_token_claims: None,
        id_token_alg: Some(Algorithm::ES256),
        ..Client::new(id, "production")
    }
}

pub fn confidential(id: &str) -> Client {
    Client {
        auth: ClientAuthMethod::ClientSecret,
        secrets: vec![ClientSecretHash::Configured(sha256(secret(id)))],
        ..client(id)
    }
}

pub fn secret(id: &str) -> String {
    format!("the+secret of {id}%")
}

pub fn person(login: &str) -> User {
    User {
        id: format!("u-{login}").into(),
        login: Login::parse(login).unwrap(),
        username: login.to_owned(),
        name: format!("The person {login}"),
        email: Some(format!("{login}@corp.test")),
        email_verified: true,
        groups: vec!["staff".into()],
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::from_seconds(1_700_000_000),
        updated: Timestamp::from_seconds(1_700_000_000),
        epoch: 0,
    }
}
