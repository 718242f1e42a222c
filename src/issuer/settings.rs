//! `[issuer.NAME]`, validated.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::register::RegistrationSettings;
use crate::base::IssuerId;
use crate::model::{Algorithm, IdTokenClaims, Resources};
use crate::policy::Rule;
use crate::tokens::claims::Catalogue;

/// What authorization requests say by OAuth and OpenID Connect: no parameter of ours has such a name.
pub const PARAMETERS: &[&str] = &[
    "acr_values",
    "audience",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "grant_management_action",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// One issuer.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// Its name in the file.
    pub id: IssuerId,
    /// The `iss` value: `public_url` + path, without a slash at the end.
    pub url: String,
    /// Its path on the site, such as `/production/oidc`; empty for an issuer at the root.
    pub path: String,
    /// Where each endpoint is.
    pub endpoints: Endpoints,
    /// Who may register clients.
    pub registration: RegistrationSettings,
    /// The request parameter by which clients name a tenant.
    pub tenant_parameter: String,
    /// Algorithms of ID tokens; the first is the default.
    pub algs: Vec<Algorithm>,
    /// How often keys are replaced.
    pub rotate_every: Duration,
    /// How long relying parties may keep the JWKS; a new key is published this long before it signs.
    pub jwks_max_age: Duration,
    /// Lifetime of an authorization code.
    pub code: Duration,
    /// Lifetime of an access token.
    pub access_token: Duration,
    /// Lifetime of an ID token.
    pub id_token: Duration,
    /// Lifetime of a refresh token, counted from its last rotation.
    pub refresh_token: Duration,
    /// How long the previous refresh token still gets the same answer.
    pub refresh_reuse_grace: Duration,
    /// Where the claims of scopes go.
    pub id_token_claims: IdTokenClaims,
    /// What it can say about people.
    pub catalogue: Catalogue,
    /// Whether apps may watch the session in a frame (OpenID Connect Session Management).
    pub session_management: bool,
    /// Whether clients can present TLS certificates.
    pub client_certificates: bool,
    /// The API resources that its tokens can be for.
    pub resources: Resources,
    /// Rules by name, which clients say.
    pub policies: Arc<BTreeMap<String, Rule>>,
}

impl IssuerSettings {
    /// The longest that one of its access tokens is good for.
    pub fn longest_access_token(&self) -> Duration {
        let resources = self.resources.iter();
        resources
            .filter_map(|resource| resource.access_token)
            .fold(self.access_token, Duration::max)
    }
}

/// Endpoint paths below the issuer's own path, each with a leading slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Authorization endpoint.
    pub authorize: String,
    /// Token endpoint.
    pub token: String,
    /// Userinfo endpoint.
    pub userinfo: String,
    /// RP-initiated logout.
    pub end_session: String,
    /// Revocation (RFC 7009).
    pub revoke: String,
    /// Introspection (RFC 7662).
    pub introspect: String,
    /// Pushed authorization requests (RFC 9126).
    pub par: String,
    /// Where a device asks for its codes (RFC 8628 3.1).
    pub device_authorization: String,
    /// Where a person enters a code that a device shows (RFC 8628 3.3).
    pub device: String,
    /// Dynamic client registration (RFC 7591).
    pub register: String,
    /// The frame that watches the session (OpenID Connect Session Management 3).
    pub check_session: String,
    /// JWKS.
    pub jwks: String,
}

impl Endpoints {
    /// `/connect/authorize` and so on.
    pub fn connect() -> Self {
        Self::under("/connect")
    }

    /// `/oauth/authorize` and so on.
    pub fn oauth() -> Self {
        Self::under("/oauth")
    }

    fn under(prefix: &str) -> Self {
        Self {
            authorize: format!("{prefix}/authorize"),
            token: format!("{prefix}/token"),
            userinfo: format!("{prefix}/userinfo"),
            end_session: format!("{prefix}/logout"),
            revoke: format!("{prefix}/revoke"),
            introspect: format!("{prefix}/introspect"),
            par: format!("{prefix}/par"),
            device_authorization: format!("{prefix}/device_authorization"),
            device: format!("{prefix}/device"),
            register: format!("{prefix}/register"),
            check_session: format!("{prefix}/check_session"),
            jwks: "/jwks".to_owned(),
        }
    }
}
