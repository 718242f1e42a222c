//! `[listen]` and `[[route]]`, validated.

mod caching;
mod instead;
mod matches;
mod pool;
mod portal;
mod rewrite;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub use caching::CacheSettings;
pub use instead::{Instead, Piece};
pub use matches::RouteMatch;
pub use pool::{Health, PoolSettings, Protocol};
pub use portal::Listing;
pub use rewrite::{Forwarding, HeaderChanges, Rewrite, UpstreamHost};

use super::bearer::BearerSettings;
use super::identity::IdentityHeaders;
use super::proxy_protocol::Senders;
use crate::base::RouteId;
use crate::policy::Rule;

/// What the gateway listens on.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// TLS listener, or a plain one when `tls` is absent (only on loopback or behind a trusted proxy).
    pub main: Vec<Listen>,
    /// Redirects to https, nothing else.
    pub redirect: Vec<SocketAddr>,
    /// Operations: health and metrics. Never public.
    pub ops: Option<SocketAddr>,
    /// Certificates; absent for plain http.
    pub tls: Option<TlsSource>,
    /// Whether clients are asked for certificates.
    pub client_certificates: Option<ClientCertificates>,
    /// Peers whose `X-Forwarded-*` is believed. Empty: nobody's.
    pub trusted_proxies: Vec<IpNet>,
    /// Peers that say by the PROXY protocol whose connection it is, and have to. Empty: nobody.
    pub proxy_protocol: Senders,
}

/// Client certificates: asked for, never demanded.
#[derive(Clone, Debug, Default)]
pub struct ClientCertificates {
    /// PEM files of the authorities whose certificates are believed.
    pub trust: Vec<PathBuf>,
}

/// One address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// TCP.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

/// Where certificates come from.
#[derive(Clone, Debug)]
pub enum TlsSource {
    /// PEM files. Whoever asks for no name or an unknown one gets the first.
    Files(Vec<PemFiles>),
    /// Those that are ordered from an authority; one of our own signing until they are there.
    Ordered,
    /// A development CA kept beside the master key; a leaf per configured host.
    Dev {
        /// Where the CA is kept; made at first start.
        dir: PathBuf,
    },
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFiles {
    /// Certificate chain.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Paths of the site's own pages, besides those of the issuers. Each takes itself and everything
/// below it. Pages of later versions are kept free.
pub const SITE_PAGES: &[&str] = &[
    "/login",
    "/logout",
    "/account",
    "/consent",
    "/device",
    "/denied",
    "/error",
    "/assets",
    "/_doorward",
    "/.well-known/change-password",
    "/.well-known/passkey-endpoints",
];

/// Where the site itself (login, issuers) is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// `https://auth.example.com`, no slash at the end.
    pub public_url: String,
    /// Lower-case host without port.
    pub host: String,
    /// The port in `public_url`, explicit or by scheme.
    pub port: u16,
    /// Whether `public_url` is https.
    pub https: bool,
    /// Path prefixes that are the site's own on that host; every other path may be a route.
    pub prefixes: Vec<String>,
    /// Path prefixes that are the site's own on every host, besides `/_doorward`.
    pub everywhere: Vec<String>,
}

impl SiteSettings {
    /// `https://wiki.example.com`: a protected host as browsers reach it. Made from configuration
    /// alone, never from what a request says.
    pub fn origin_of(&self, host: &str) -> String {
        let (scheme, usual) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.port == usual {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }
}

/// One protected app.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// Its name.
    pub id: RouteId,
    /// Which requests it takes.
    pub matches: RouteMatch,
    /// Who may pass.
    pub rule: Rule,
    /// A rule on trial, which decides nothing.
    pub shadow: Option<Rule>,
    /// What those are told who may not.
    pub tell: Option<String>,
    /// Whether it is among the apps that people are shown.
    pub listing: Listing,
    /// Whether it compresses what its app sends plain.
    pub compress: bool,
    /// What it keeps of its app's answers.
    pub cache: Option<CacheSettings>,
    /// Where requests go; several take turns. None where the route answers by itself.
    pub upstreams: Vec<Upstream>,
    /// How they are chosen, checked and spoken to.
    pub pool: PoolSettings,
    /// What the route answers by itself to those who may pass.
    pub instead: Option<Instead>,
    /// What changes on the way to upstreams and back.
    pub forwarding: Forwarding,
    /// TLS towards https upstreams.
    pub upstream_tls: UpstreamTls,
    /// Access tokens that it takes besides sessions; none when absent.
    pub bearer: Option<BearerSettings>,
    /// How its app signs people in by itself, if Doorward is to do that for them.
    pub credentials: Option<AppSignIn>,
    /// What the app learns about the person.
    pub identity: IdentityHeaders,
    /// What an anonymous request gets.
    pub on_anonymous: OnAnonymous,
    /// Paths at which the app signs people out: a request there ends the session.
    pub sign_out: Vec<String>,
    /// Bounds.
    pub limits: RouteLimits,
    /// Where it stands in the file.
    pub origin: String,
}

/// How an app signs people in by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppSignIn {
    /// By name and password in every request (RFC 7617).
    Basic,
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// `http://host:port`.
    Http {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// `https://host:port`.
    Https {
        /// Name or address; also the SNI.
        host: String,
        /// Port.
        port: u16,
    },
    /// `unix:/path`.
    Unix(PathBuf),
    /// A socket inside this process, as the demo's own app listens on (loopback, chosen at start).
    Loopback(SocketAddr),
}

/// TLS towards an upstream.
#[derive(Clone, Debug, Default)]
pub struct UpstreamTls {
    /// PEM bundle of authorities instead of the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate and key in one PEM file.
    pub client_cert: Option<PathBuf>,
    /// The name that is asked for and verified, instead of the upstream's host.
    pub sni: Option<String>,
}

/// What an anonymous request gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnAnonymous {
    /// Navigations are redirected, everything else gets 401.
    #[default]
    Auto,
    /// Always redirected.
    Redirect,
    /// Always 401.
    Unauthorized,
}

/// Bounds of one route.
#[derive(Clone, Debug)]
pub struct RouteLimits {
    /// Largest request body in bytes; unbounded when absent.
    pub body: Option<u64>,
    /// Longest wait for a connection; a TLS handshake may take as long again.
    pub connect: Duration,
    /// Longest wait for the first byte of the answer, and for every further one.
    pub timeout: Duration,
}

impl Default for RouteLimits {
    fn default() -> Self {
        Self {
            body: None,
            connect: Duration::from_secs(5),
            timeout: Duration::from_mins(1),
        }
    }
}
