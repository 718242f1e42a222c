//! A whole configuration, validated: what the server builds its runtime snapshot from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Sections;
use crate::acme::AcmeSettings;
use crate::base::TenantId;
use crate::gateway::{ForwardAuthSettings, ListenSettings, RouteSettings, SiteSettings};
use crate::identity::IdentitySettings;
use crate::issuer::IssuerSettings;
use crate::login::LoginSettings;
use crate::model::{Client, Resources, Tenant};
use crate::outbound::OutboundSettings;
use crate::session::SessionSettings;
use crate::store::StoreSettings;
use crate::telemetry::TelemetrySettings;
use crate::tokens::{StandingSettings, TrustedIssuer};
use crate::web::BrandSettings;

/// A whole configuration, validated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file it was read from, for messages; absent when it was given as text.
    pub file: Option<PathBuf>,
    /// The tables of that file, to tell what another version of it changes.
    pub sections: Sections,
    /// Where the site itself is served.
    pub site: SiteSettings,
    /// What is listened on.
    pub listen: ListenSettings,
    /// Certificates that are ordered.
    pub acme: Option<AcmeSettings>,
    /// Where records are kept.
    pub store: StoreSettings,
    /// How long sessions live.
    pub session: SessionSettings,
    /// People and how often they may try.
    pub identity: IdentitySettings,
    /// Ways in.
    pub login: LoginSettings,
    /// Issuers; never empty.
    pub issuers: Vec<IssuerSettings>,
    /// API resources, in the order of the file.
    pub resources: Resources,
    /// Tenants by their names in the file.
    pub tenants: BTreeMap<TenantId, Tenant>,
    /// How pages look.
    pub brands: BrandSettings,
    /// Clients from the file.
    pub clients: Vec<Client>,
    /// Protected apps.
    pub routes: Vec<RouteSettings>,
    /// Proxies that ask before they forward by themselves; none may when absent.
    pub forward_auth: Option<ForwardAuthSettings>,
    /// Calls to addresses that clients name.
    pub outbound: OutboundSettings,
    /// Issuers that are not ours and whose tokens routes take.
    pub trusted: Vec<TrustedIssuer>,
    /// How long tokens of people and services may live.
    pub standing: StandingSettings,
    /// Logs and audit.
    pub telemetry: TelemetrySettings,
}
