//! The form of the file: what `serde` reads and `schemars` describes, one file per section.
//!
//! Everything is optional here: what is missing is said by the walk over the document, which
//! knows lines and columns. Nothing is validated here, and nothing but `config` sees these types.

#![expect(
    clippy::doc_markdown,
    clippy::doc_link_with_quotes,
    reason = "these comments are also the schema's descriptions, which are plain text"
)]

mod acme;
mod bearer;
mod brand;
pub mod client;
mod forward_auth;
mod issuer;
mod listen;
mod login;
mod outbound;
mod permission;
mod resource;
mod route;
mod rule;
mod storage;
mod telemetry;
mod tenant;
mod tokens;
pub mod trusted;
mod value;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use acme::Acme;
pub use bearer::{Bearer, IdentityBearer};
pub use brand::{Brand, Themed};
pub use client::Client;
pub use forward_auth::{CompatWord, ForwardAuth};
pub use issuer::{Claim, EndpointStyle, Endpoints, Issuer, Registration};
pub use listen::{Listen, Tls};
pub use login::{Login, SignupWord, Users, UsersKind};
pub use outbound::Outbound;
pub use permission::Permissions;
pub use resource::Resource;
pub use route::{
    Answer, AssertionChoice, Cache, CacheTable, CredentialsWord, EncodingWord, HeaderChanges,
    HeaderText, Identity, IdentityTable, Limits, Maintenance, MaintenanceTable, Match,
    OnAnonymousWord, Portal, PortalTable, ProtocolWord, Redirect, Route, UpstreamEntry,
};
pub use rule::{ClientCert, Policy, Require};
pub use storage::{Session, Storage};
pub use telemetry::{LogWord, Telemetry};
pub use tenant::Tenant;
pub use tokens::Tokens;
pub use trusted::TrustedIssuer;
pub use value::{OneOrMany, SecretSource, SecretValue};

/// A Doorward configuration file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "doorward.toml")]
pub struct File {
    /// The form of this file: 1.
    pub version: Option<u32>,
    /// Where people reach Doorward itself: scheme and host, such as `https://auth.example.com`.
    #[schemars(required)]
    pub public_url: Option<String>,
    /// What is listened on.
    #[serde(default)]
    pub listen: Listen,
    /// Certificates from an authority. None are ordered without this.
    pub acme: Option<Acme>,
    /// Where records are kept.
    #[serde(default)]
    pub storage: Storage,
    /// How long sessions live.
    #[serde(default)]
    pub session: Session,
    /// Issuers by name, each under its own path. Without any there is one, at the root.
    #[serde(default)]
    pub issuer: BTreeMap<String, Issuer>,
    /// API resources that access tokens can be for.
    #[serde(default)]
    pub resource: Vec<Resource>,
    /// Tenants by name: centres, clubs, organisations that people belong to.
    #[serde(default)]
    pub tenant: BTreeMap<String, Tenant>,
    /// How pages look; issuers and tenants may have looks of their own over it.
    pub brand: Option<Brand>,
    /// What people may do besides signing in.
    #[serde(default)]
    pub permission: Permissions,
    /// Where people come from.
    #[serde(default)]
    pub users: Vec<Users>,
    /// Ways in.
    #[serde(default)]
    pub login: Login,
    /// Third-party apps by client id.
    #[serde(default)]
    pub client: BTreeMap<String, Client>,
    /// Rules by name, for routes.
    #[serde(default)]
    pub policy: BTreeMap<String, Policy>,
    /// Protected apps. The most specific host and path wins; order never matters.
    #[serde(default)]
    pub route: Vec<Route>,
    /// The door for proxies that forward by themselves and ask here first.
    pub forward_auth: Option<ForwardAuth>,
    /// Calls to addresses that clients name.
    #[serde(default)]
    pub outbound: Outbound,
    /// Issuers that are not ours and whose access tokens routes may take, by name.
    #[serde(default)]
    pub trusted_issuer: BTreeMap<String, TrustedIssuer>,
    /// How long tokens of people and services may live.
    #[serde(default)]
    pub tokens: Tokens,
    /// Logs and audit.
    #[serde(default)]
    pub telemetry: Telemetry,
}
