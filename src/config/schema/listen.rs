//! `[listen]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::OneOrMany;

/// What is listened on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Addresses for TLS, such as `[::]:443`.
    pub https: Option<OneOrMany<String>>,
    /// Addresses for plain http: a redirect to https where there is TLS, else the service itself;
    /// or "unix:/path" behind a proxy on the same machine.
    pub http: Option<OneOrMany<String>>,
    /// The address of health and metrics, never public; "off" for none. Default "127.0.0.1:9090".
    pub ops: Option<String>,
    /// Where certificates come from; several are chosen by the name that is asked for, and the
    /// first is for those who ask for none or an unknown one.
    pub tls: Option<OneOrMany<Tls>>,
    /// Ask clients for TLS certificates, by which apps can prove themselves (RFC 8705).
    pub client_certificates: Option<ClientCertificates>,
    /// Addresses or networks of proxies in front, whose X-Forwarded-* is believed. Empty: nobody's.
    pub trusted_proxies: Vec<String>,
    /// Addresses or networks of load balancers that pass connections on and say by the PROXY
    /// protocol (version 1 or 2) whose each is, and have to; "unix" for whoever connects to a unix
    /// socket. Empty: nobody may.
    pub proxy_protocol: Vec<String>,
}

/// Client certificates: asked for, never demanded.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientCertificates {
    /// PEM files of authorities whose certificates are believed, for `auth = "tls_client_auth"`.
    pub trust: Vec<String>,
}

/// Where certificates come from: files, or a development authority.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file with the certificate and its chain.
    pub cert: Option<String>,
    /// PEM file with the private key.
    pub key: Option<String>,
    /// Make certificates with a development authority of our own, which browsers do not trust.
    pub dev: bool,
}
