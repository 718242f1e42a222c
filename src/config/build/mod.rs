//! From the form of the file to settings, one file per section. Each says what is wrong with its
//! own section; what concerns several sections is in `check`.

mod acme;
mod brand;
mod certificates;
mod client;
mod forward_auth;
mod identity;
mod issuer;
mod listen;
mod login;
mod outbound;
mod permission;
mod resource;
mod route;
mod rule;
mod site;
mod storage;
mod telemetry;
mod tenant;
mod tokens;
mod trusted;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::place::Place;
use super::problem::Problems;
use super::schema::File;
use super::surroundings::Surroundings;
use crate::acme::AcmeSettings;
use crate::base::TenantId;
use crate::gateway::{ForwardAuthSettings, ListenSettings, RouteSettings, SiteSettings};
use crate::identity::IdentitySettings;
use crate::issuer::IssuerSettings;
use crate::login::LoginSettings;
use crate::model::{Client, Resource, Resources, Tenant};
use crate::outbound::OutboundSettings;
use crate::session::SessionSettings;
use crate::store::StoreSettings;
use crate::telemetry::TelemetrySettings;
use crate::tokens::{StandingSettings, TrustedIssuer};
use crate::web::BrandSettings;

pub use identity::names_a_fact;
pub use rule::{Policies, find as find_policy};
pub use site::{host_fault, own_path_fault, path_fault};

/// What every section needs.
pub struct Context<'p, 'd> {
    /// Where mistakes go.
    pub problems: &'p mut Problems<'d>,
    /// What the file can refer to.
    pub around: &'p Surroundings,
}

/// A thing and where it stands.
pub struct Placed<T> {
    /// Where.
    pub place: Place,
    /// What.
    pub it: T,
}

/// Everything that could be read, to be checked together. What could not be read is absent, and
/// its mistakes are on the list already.
pub struct Draft {
    /// `public_url`.
    pub site: Option<SiteSettings>,
    /// `[listen]`.
    pub listen: ListenSettings,
    /// `[acme]`.
    pub acme: Option<AcmeSettings>,
    /// `[storage]`.
    pub store: Option<StoreSettings>,
    /// `[session]`.
    pub session: SessionSettings,
    /// `[[users]]` and throttles.
    pub identity: IdentitySettings,
    /// `[login]`.
    pub login: LoginSettings,
    /// `[issuer.NAME]`.
    pub issuers: Vec<Placed<IssuerSettings>>,
    /// `[[resource]]`.
    pub resources: Vec<Placed<Resource>>,
    /// `[tenant.NAME]`.
    pub tenants: BTreeMap<TenantId, Tenant>,
    /// `[brand]`, and those of issuers and tenants.
    pub brands: BrandSettings,
    /// `[client.ID]`.
    pub clients: Vec<Placed<Client>>,
    /// `[policy.NAME]`.
    pub policies: Policies,
    /// `[[route]]`.
    pub routes: Vec<Placed<RouteSettings>>,
    /// `[forward_auth]`.
    pub forward_auth: Option<ForwardAuthSettings>,
    /// `[outbound]`.
    pub outbound: OutboundSettings,
    /// `[trusted_issuer.NAME]`.
    pub trusted: Vec<Placed<TrustedIssuer>>,
    /// `[tokens]`.
    pub standing: StandingSettings,
    /// `[telemetry]`.
    pub telemetry: TelemetrySettings,
}

/// Builds every section.
pub fn draft(file: &File, ctx: &mut Context<'_, '_>) -> Draft {
    let site = site::build(file, ctx);
    let listen = listen::build(file, site.as_ref(), ctx);
    let acme = acme::build(file.acme.as_ref(), &listen, ctx);
    let store = storage::store(&file.storage, ctx);
    let session = storage::session(&file.session, ctx);
    let mut identity = login::identity(file, ctx);
    identity.owners = permission::build(&file.permission, ctx);
    let mut login = login::login(&file.login, ctx);
    let mut issuers = issuer::build(file, site.as_ref(), ctx);
    let resources = resource::build(file, ctx);
    let known: Resources = resources.iter().map(|placed| placed.it.clone()).collect();
    let tenants = tenant::build(file, ctx);
    login.tenants.clone_from(&tenants);
    let policies = rule::policies(file, ctx);
    let shared = Arc::new(policies.clone());
    for issuer in &mut issuers {
        issuer.it.policies = Arc::clone(&shared);
        issuer.it.catalogue.tenants.clone_from(&tenants);
        issuer.it.resources = known.clone();
        issuer.it.client_certificates = listen.client_certificates.is_some();
    }
    let brands = brand::build(file, ctx);
    let clients = client::build(file, ctx);
    let routes = route::build(file, &policies, ctx);
    let proxies = &listen.trusted_proxies;
    let forward_auth = forward_auth::build(file.forward_auth.as_ref(), proxies, ctx);
    let outbound = outbound::build(&file.outbound, ctx);
    let trusted = trusted::build(file, ctx);
    let standing = tokens::build(&file.tokens, ctx);
    let telemetry = telemetry::build(&file.telemetry, ctx);
    Draft {
        site,
        listen,
        acme,
        store,
        session,
        identity,
        login,
        issuers,
        resources,
        tenants,
        brands,
        clients,
        policies,
        routes,
        forward_auth,
        outbound,
        trusted,
        standing,
        telemetry,
    }
}
