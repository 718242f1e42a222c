//! `[[route]]`.

mod caching;
mod forwarding;
mod instead;
mod pool;
mod portal;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bearer, IdentityBearer, OneOrMany, Policy, Require, SecretSource, SecretValue};
pub use caching::{Cache, CacheTable};
pub use forwarding::{HeaderChanges, Rewrite};
pub use instead::{Answer, Maintenance, MaintenanceTable, Redirect};
pub use pool::{Health, ProtocolWord, UpstreamEntry};
pub use portal::{Portal, PortalTable};

/// One protected app, or a part of one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name in logs, metrics and assertions.
    #[schemars(required)]
    pub id: Option<String>,
    /// Which requests it takes.
    #[serde(rename = "match")]
    #[schemars(required)]
    pub matches: Option<Match>,
    /// Who may pass: "anyone", "authenticated", "group:NAME", "user:LOGIN", "tenant:NAME",
    /// "domain:example.com", "claim:NAME=VALUE"; one match is enough. Needed, unless `policy` is given.
    pub allow: Option<Vec<String>>,
    /// Who may not pass, whatever `allow` says; the same entries.
    pub deny: Option<Vec<String>>,
    /// What must hold besides, all of it.
    pub require: Option<Require>,
    /// The name of a [policy.NAME] that says who may pass, instead of `allow`.
    pub policy: Option<String>,
    /// A rule on trial: what it would have done is logged and counted, and decides nothing. What it
    /// leaves out is as in the rule in force.
    pub shadow: Option<Policy>,
    /// What those are told who may not pass, in your words.
    pub tell: Option<String>,
    /// Where requests go: "http://host:port", "https://host:port" or "unix:/path", or tables with a
    /// weight.
    pub upstream: Option<OneOrMany<UpstreamEntry>>,
    /// What is spoken to the upstreams: "http/1.1" (default), "h2" over TLS, or "h2c" without.
    pub protocol: Option<ProtocolWord>,
    /// Whether upstreams are asked in the background if they are well.
    pub health: Option<Health>,
    /// Instead of an upstream: another address.
    pub redirect: Option<Redirect>,
    /// Instead of an upstream: a text that is always the same.
    pub answer: Option<Answer>,
    /// 503 for everybody who may pass, whatever else the route does: true, or what is said.
    pub maintenance: Option<Maintenance>,
    /// What the path becomes on its way to the app.
    #[serde(default)]
    pub rewrite: Rewrite,
    /// The Host that the app sees: "keep" what the client sent (default), "upstream" for that of the
    /// upstream's URL, or a name.
    pub upstream_host: Option<String>,
    /// Header fields of requests that are written or removed.
    #[serde(default)]
    pub request_headers: HeaderChanges,
    /// Header fields of the app's answers that are written or removed.
    #[serde(default)]
    pub response_headers: HeaderChanges,
    /// What the app learns about the person: the name of a preset, or a table.
    pub identity: Option<Identity>,
    /// What a request gets that nobody is signed in for. Default "auto".
    pub on_anonymous: Option<OnAnonymousWord>,
    /// Paths at which the app itself signs people out, such as ["/logout"]: a request there goes to
    /// the app and ends the session.
    #[serde(default)]
    pub sign_out: Vec<String>,
    /// Whether it is among the apps that people are shown at /account/apps: true, false, or as what.
    /// By default the first route of each host is.
    pub portal: Option<Portal>,
    /// Whether answers that the app sends plain are compressed. Default false.
    #[serde(default)]
    pub compress: bool,
    /// Whether answers are kept that the app allows to be kept, never across identities: true, or how
    /// much. Default false.
    pub cache: Option<Cache>,
    /// Tokens that it takes besides sessions.
    pub bearer: Option<Bearer>,
    /// How the app signs people in by itself, if Doorward is to do that for them with what they saved
    /// at /_doorward/credentials: "basic".
    pub credentials: Option<CredentialsWord>,
    /// TLS towards https upstreams.
    pub upstream_tls: Option<UpstreamTls>,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
}

/// Which requests a route takes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The host, without port. "*.apps.example.com" is any that has one label more.
    #[schemars(required)]
    pub host: Option<String>,
    /// The path and everything below it. Default "/".
    pub path: Option<String>,
    /// A regular expression that the whole path, decoded, has to match as well.
    pub path_regex: Option<String>,
    /// The methods; all by default.
    pub methods: Option<Vec<String>>,
    /// Header fields that a request has to have, with exactly these values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// What an anonymous request gets.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum OnAnonymousWord {
    /// Navigations are redirected to the sign-in page, everything else gets 401.
    #[serde(rename = "auto")]
    Auto,
    /// Always redirected.
    #[serde(rename = "redirect")]
    Redirect,
    /// Always 401.
    #[serde(rename = "401")]
    Unauthorized,
}

/// How an app signs people in by itself.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CredentialsWord {
    /// By name and password in every request (RFC 7617).
    Basic,
}

/// What the app learns about the person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Identity {
    /// A preset's name.
    Preset(String),
    /// A preset and changes to it.
    Table(Box<IdentityTable>),
}

/// A preset and changes to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityTable {
    /// The preset to start from. Default "remote-user".
    pub preset: Option<String>,
    /// Further headers, or other values for the preset's: a text such as "{user.email}", or where
    /// to read a shared secret.
    pub headers: BTreeMap<String, HeaderText>,
    /// Between groups; one character.
    pub separator: Option<String>,
    /// Which groups the app is told of, such as ["wiki-*"]; `*` stands for any text. All by default.
    pub groups: Option<Vec<String>>,
    /// How facts become bytes of a header. Default "utf-8".
    pub encoding: Option<EncodingWord>,
    /// How many bytes the identity headers may have together, such as "16KiB"; a request with more
    /// is not forwarded. Default "8KiB".
    pub limit: Option<String>,
    /// The password of `basic`: the same for everybody, known to the app and to Doorward.
    pub password: Option<SecretValue>,
    /// The signed assertion: true, false, or the name of the header that carries it.
    pub assertion: Option<AssertionChoice>,
    /// An access token about the person, made for the app, in Authorization.
    pub bearer: Option<IdentityBearer>,
    /// Whether the app also learns why it got the request: Doorward-Route, Doorward-Rule, and
    /// Doorward-Took (microseconds). Default false.
    pub decision: Option<bool>,
}

/// How facts about a person become bytes of a header.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum EncodingWord {
    /// As they are.
    #[serde(rename = "utf-8")]
    Utf8,
    /// ASCII; everything else and `%` percent-encoded.
    #[serde(rename = "percent")]
    Percent,
    /// ISO 8859-1; what it does not have, and `%`, percent-encoded.
    #[serde(rename = "latin1")]
    Latin1,
    /// Plain where that says all, else as RFC 8187 writes parameters.
    #[serde(rename = "rfc8187")]
    Rfc8187,
}

/// What a header says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderText {
    /// A template.
    #[schemars(extend("writeOnly" = true))]
    Template(String),
    /// A shared secret.
    Secret(SecretSource),
}

/// Whether and where the assertion is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AssertionChoice {
    /// Whether.
    Whether(bool),
    /// Under this name.
    Header(String),
}

/// TLS towards upstreams.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamTls {
    /// PEM file of authorities to believe instead of the system's.
    pub ca: Option<String>,
    /// PEM file with a client certificate and its key.
    pub client_cert: Option<String>,
    /// The name that is asked for and verified, instead of the upstream's host.
    pub sni: Option<String>,
}

/// Bounds of a route.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest request body, such as "100MiB"; unbounded by default.
    pub body: Option<String>,
    /// The longest wait for a connection to the upstream. Default "5s".
    pub connect: Option<String>,
    /// The longest wait for the upstream's answer to begin, and to go on. Default "60s".
    pub timeout: Option<String>,
}
