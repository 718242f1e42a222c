//! What the endpoints share, and the issuers they are mounted for.

use std::sync::Arc;

use axum::extract::FromRef;
use bytes::Bytes;

use super::authorize::Objects;
use super::discovery;
use super::register::Logos;
use super::settings::IssuerSettings;
use crate::base::encoding::{base64url, sha256};
use crate::base::{Clock, IssuerId, TenantId};
use crate::flow::Flow;
use crate::identity::{ClientKeyrings, Clients, Directory};
use crate::keys::Sealer;
use crate::logout::Logout;
use crate::outbound::Outbound;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::{Audit, Metrics};
use crate::tokens::{KeyOwner, Terms, Tokens};
use crate::web::{Kit, Shell, Wearer};

/// Everything the endpoints need; built by the server.
#[derive(Clone)]
pub struct IssuerState {
    /// The issuers of this process.
    pub issuers: Arc<Vec<Arc<Issuer>>>,
    /// Pages and forms.
    pub kit: Kit,
    /// Logins in progress.
    pub flow: Flow,
    /// Who is here.
    pub sessions: Sessions,
    /// Who exists.
    pub directory: Directory,
    /// Registered apps.
    pub clients: Clients,
    /// Their public keys.
    pub client_keys: ClientKeyrings,
    /// Minting and redeeming.
    pub tokens: Tokens,
    /// Calls to addresses that clients name.
    pub outbound: Outbound,
    /// Tells apps that a session ended.
    pub logout: Logout,
    /// Consents and what sessions opened.
    pub store: Store,
    /// Seals requests for their way through the browser.
    pub sealer: Sealer,
    /// The time.
    pub clock: Clock,
    /// Who did what.
    pub audit: Audit,
    /// How often.
    pub metrics: Metrics,
}

/// One issuer, with what is derived from its settings.
#[derive(Debug)]
pub struct Issuer {
    settings: IssuerSettings,
    terms: Terms,
    resume_path: String,
    discovery: Document,
    logos: Logos,
    objects: Objects,
}

/// A document that anybody may read and keep for a while, ready to be sent.
#[derive(Clone, Debug)]
pub struct Document {
    /// The JSON text.
    pub body: Bytes,
    /// `ETag`, quotes included.
    pub etag: String,
}

impl FromRef<At> for Kit {
    fn from_ref(at: &At) -> Self {
        at.state.kit.clone()
    }
}

impl FromRef<At> for Sessions {
    fn from_ref(at: &At) -> Self {
        at.state.sessions.clone()
    }
}

impl At {
    /// Whose look the pages of a request in `tenant` have.
    pub fn wearer(&self, tenant: Option<&TenantId>) -> Wearer {
        Wearer {
            issuer: Some(self.issuer.id().clone()),
            tenant: tenant.cloned(),
        }
    }

    /// What people call a tenant.
    pub fn tenant_name(&self, tenant: Option<&TenantId>) -> Option<&str> {
        let tenant = self.issuer.terms().catalogue.tenant(tenant);
        tenant.map(|tenant| tenant.name.as_str())
    }

    /// What stands around such a page.
    pub fn shell(&self, tenant: Option<&TenantId>) -> Shell<'_> {
        self.state.kit.shell_of(&self.wearer(tenant))
    }
}

/// What an endpoint's handler gets: the shared state and the issuer it was called at.
#[derive(Clone)]
pub struct At {
    /// The shared state.
    pub state: IssuerState,
    /// The issuer.
    pub issuer: Arc<Issuer>,
}

impl Issuer {
    /// An issuer from its settings.
    pub fn new(settings: IssuerSettings) -> Self {
        let terms = Terms::from(&settings);
        let discovery = Document::new(&discovery::render(&settings, &terms));
        let resume_path = format!("{}{}/resume", settings.path, settings.endpoints.authorize);
        Self {
            settings,
            terms,
            resume_path,
            discovery,
            logos: Logos::default(),
            objects: Objects::default(),
        }
    }

    /// Its name.
    pub const fn id(&self) -> &IssuerId {
        &self.settings.id
    }

    /// `iss`.
    pub fn url(&self) -> &str {
        &self.settings.url
    }

    /// As configured.
    pub const fn settings(&self) -> &IssuerSettings {
        &self.settings
    }

    /// What it promises about its tokens.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Where an authorization goes on after a login.
    pub fn resume_path(&self) -> &str {
        &self.resume_path
    }

    /// Where the consent page posts its answer.
    pub fn consent_path(&self) -> String {
        let settings = &self.settings;
        format!("{}{}/consent", settings.path, settings.endpoints.authorize)
    }

    /// Where a person answers for a device, below the site.
    pub fn device_path(&self) -> String {
        format!("{}{}", self.settings.path, self.settings.endpoints.device)
    }

    /// The same as a whole address (`verification_uri`, RFC 8628 3.2).
    pub fn device_url(&self) -> String {
        format!("{}{}", self.settings.url, self.settings.endpoints.device)
    }

    /// Where a sign-out is asked about and confirmed.
    pub fn sign_out_path(&self) -> String {
        let settings = &self.settings;
        format!(
            "{}{}/confirm",
            settings.path, settings.endpoints.end_session
        )
    }

    /// Where the logos of its clients are.
    pub fn logo_path(&self) -> String {
        let settings = &self.settings;
        format!("{}{}/logo", settings.path, settings.endpoints.authorize)
    }

    /// The logos of its clients.
    pub const fn logos(&self) -> &Logos {
        &self.logos
    }

    /// The request objects that its clients publish.
    pub const fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The discovery document.
    pub const fn discovery(&self) -> &Document {
        &self.discovery
    }

    /// What binds sealed things to this issuer.
    pub fn aad(&self) -> &[u8] {
        self.settings.id.as_str().as_bytes()
    }

    /// Whose keys it signs with, and how they are replaced.
    pub fn key_owner(settings: &IssuerSettings) -> KeyOwner {
        // An ID token is useful as a hint for as long as its session may live.
        let longest = settings.longest_access_token().max(settings.id_token);
        KeyOwner {
            name: KeyOwner::issuer_name(&settings.id),
            algs: Terms::from(settings).key_algs(),
            rotate_every: settings.rotate_every,
            publish_before: settings.jwks_max_age,
            keep_after: longest.max(HINTS_USEFUL),
        }
    }
}

const HINTS_USEFUL: std::time::Duration = std::time::Duration::from_hours(7 * 24);

impl Document {
    /// From the JSON it holds.
    pub fn new(json: &serde_json::Value) -> Self {
        let body = json.to_string();
        Self {
            etag: format!("\"{}\"", base64url(sha256(&body))),
            body: Bytes::from(body),
        }
    }
}

impl From<&IssuerSettings> for Terms {
    fn from(settings: &IssuerSettings) -> Self {
        Self {
            issuer: settings.id.clone(),
            url: settings.url.clone(),
            algs: settings.algs.clone(),
            code: settings.code,
            access_token: settings.access_token,
            id_token: settings.id_token,
            refresh_token: settings.refresh_token,
            refresh_reuse_grace: settings.refresh_reuse_grace,
            id_token_claims: settings.id_token_claims,
            catalogue: settings.catalogue.clone(),
            resources: settings.resources.clone(),
        }
    }
}
