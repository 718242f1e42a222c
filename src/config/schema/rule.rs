//! `[policy.NAME]`, and what routes and policies share: conditions besides `allow`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A rule with a name, for routes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Who may pass; the entries of a route.
    pub allow: Option<Vec<String>>,
    /// Who may not, whatever `allow` says.
    pub deny: Option<Vec<String>>,
    /// What must hold besides, all of it.
    pub require: Option<Require>,
}

/// What must hold besides `allow`, all of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Require {
    /// Networks and addresses that the client is in: ["10.0.0.0/8"].
    pub ip: Option<Vec<String>>,
    /// Methods that the request has one of.
    pub methods: Option<Vec<String>>,
    /// Headers that the request has, each once and exactly. Clients can send anything.
    pub header: BTreeMap<String, String>,
    /// Hours of the week.
    pub time: Option<Hours>,
    /// Groups of which the person is in every one.
    pub groups: Option<Vec<String>>,
    /// Whether the client has a certificate that `listen.client_certificates.trust` vouches for: true,
    /// or { subject = "CN=..." }.
    pub client_cert: Option<ClientCert>,
    /// Whether the person signed in with a second factor.
    pub second_factor: bool,
    /// Whether the person signed in with a passkey.
    pub passkey: bool,
    /// The authentication context class of the sign-in, or a stronger one: "1", "2".
    pub acr: Option<String>,
    /// How long ago the person proved who they are, at most: "15m".
    pub fresh: Option<String>,
    /// How long ago the session began, at most: "8h".
    pub session_age: Option<String>,
    /// How long ago the person was last here, at most: "15m".
    pub idle: Option<String>,
}

/// Hours of the week.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hours {
    /// Days, or spans of them: ["mon-fri", "sun"]. Default every day.
    pub days: Option<Vec<String>>,
    /// When they begin. Default "00:00".
    pub from: Option<String>,
    /// When they end; on the next day when it is before `from`. Default "24:00".
    pub to: Option<String>,
    /// On which clock: "UTC", "+01:00", "Europe/Prague". Default "UTC".
    pub zone: Option<String>,
}

/// A certificate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClientCert {
    /// Whether there must be one.
    Whether(bool),
    /// Whose it must be.
    Of(CertSubject),
}

/// Whose a certificate is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CertSubject {
    /// The subject's distinguished name, RFC 4514.
    #[schemars(required)]
    pub subject: Option<String>,
}
