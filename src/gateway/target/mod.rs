//! Where a request is addressed: host and path, normalised once, or refused.
//!
//! Nothing behind this room looks at the raw target. What is decided on is what is forwarded: a
//! request whose canonical form differs from what was sent is rewritten to the canonical form, and
//! one that two readers could understand differently is refused, never guessed.

mod framing;
mod host;
mod path;
mod refused;

use std::borrow::Cow;

use http::{HeaderMap, Method, Version, header};

pub use framing::{MAX_HEAD, check_framing, check_old_framing};
pub use host::canonical_host;
pub use path::{canonical_path, decoded};
pub use refused::Refused;

/// The longest request target that is looked at, in bytes.
pub const MAX_TARGET: usize = 8 * 1024;

/// The methods that are served (RFC 9110 9.3, RFC 5789, and those of `WebDAV`, `CalDAV` and
/// versioning that real apps use). Names are compared exactly: `get` is another method (RFC 9110 9.1).
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "ACL",
    "MKCALENDAR",
    "MKACTIVITY",
    "CHECKOUT",
    "MERGE",
    "VERSION-CONTROL",
];

/// What of a request's head says where it is going.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The protocol version.
    pub version: Version,
    /// The request target as received.
    pub target: &'a [u8],
    /// `:scheme` (HTTP/2), or that of a target in absolute form.
    pub scheme: Option<&'a str>,
    /// Whether the connection is TLS; `None` for a trusted proxy, whose client may have come
    /// otherwise.
    pub tls: Option<bool>,
    /// `:authority` (HTTP/2).
    pub authority: Option<&'a str>,
    /// All header fields.
    pub headers: &'a HeaderMap,
}

/// Where a request is addressed, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Lower-case host without port.
    pub host: Cow<'a, str>,
    /// The port that the client named, if it did.
    pub port: Option<u16>,
    /// Absolute path: no dot segments, no empty segments, nothing escaped that need not be.
    pub path: Cow<'a, str>,
    /// What follows the question mark, as received.
    pub query: Option<&'a str>,
    /// Whether what was received differs from this form, so that the request has to be rewritten.
    pub rewritten: bool,
}

impl<'a> Address<'a> {
    /// Reads the head of a request, or says why it is refused.
    pub fn read(head: &Head<'a>) -> Result<Self, Refused> {
        if !METHODS.contains(&head.method.as_str()) {
            return Err(Refused::Method);
        }
        if head.target.len() > MAX_TARGET {
            return Err(Refused::TargetTooLong);
        }
        check_scheme(head)?;
        let target = std::str::from_utf8(head.target).map_err(|_| Refused::PathCharacter)?;
        let named = named_host(head)?;
        let (origin, absolute) = origin_form(target, head.version)?;
        let (host, port) = canonical_host(named)?;
        if let Some(authority) = absolute
            && canonical_host(authority)? != (host.clone(), port)
        {
            return Err(Refused::AuthorityMismatch);
        }
        let mut address = Self::from_parts(host, port, origin)?;
        address.rewritten |= absolute.is_some() || matches!(address.host, Cow::Owned(_));
        Ok(address)
    }

    /// Reads a whole URL as a browser's address bar would hold it, for `doorward explain`.
    pub fn from_url(url: &'a str) -> Result<Self, Refused> {
        let (_, absolute) = origin_form(url, Version::HTTP_11)?;
        let authority = absolute.ok_or(Refused::TargetForm)?;
        let (host, port) = canonical_host(authority)?;
        let (origin, _) = origin_form(url, Version::HTTP_11)?;
        Self::from_parts(host, port, origin)
    }

    fn from_parts(host: Cow<'a, str>, port: Option<u16>, origin: &'a str) -> Result<Self, Refused> {
        let (raw, query) = match origin.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (origin, None),
        };
        let path = canonical_path(raw)?;
        path::check_query(query.unwrap_or_default())?;
        let rewritten = matches!(path, Cow::Owned(_));
        Ok(Self {
            host,
            port,
            path,
            query,
            rewritten,
        })
    }

    /// Refuses a port that is not `served`. Routes are found without it, but it goes on to apps,
    /// which build links from it: it must not be the client's to choose.
    pub fn check_port(&self, served: impl FnOnce(u16) -> bool) -> Result<(), Refused> {
        match self.port {
            Some(port) if !served(port) => Err(Refused::PortUnknown),
            Some(_) | None => Ok(()),
        }
    }

    /// Path and query as they are forwarded.
    pub fn path_and_query(&self) -> String {
        match self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_string(),
        }
    }

    /// The `Host` that is forwarded.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }
}

/// A scheme that the connection does not have is another resource (RFC 9110 4.3.3), and one that is
/// neither http nor https is somebody else's.
fn check_scheme(head: &Head<'_>) -> Result<(), Refused> {
    let Some(scheme) = head.scheme else {
        return Ok(());
    };
    let https = scheme.eq_ignore_ascii_case("https");
    let known = https || scheme.eq_ignore_ascii_case("http");
    if known && head.tls.is_none_or(|tls| tls == https) {
        Ok(())
    } else {
        Err(Refused::SchemeMismatch)
    }
}

/// The one host a request names: `Host`, or `:authority`, which must not disagree.
fn named_host<'a>(head: &Head<'a>) -> Result<&'a str, Refused> {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refused::HostRepeated);
    }
    let host = host
        .map(|host| std::str::from_utf8(host.as_bytes()).map_err(|_| Refused::HostMalformed))
        .transpose()?;
    match (host, head.authority) {
        (Some(host), Some(authority)) if host != authority => Err(Refused::AuthorityMismatch),
        (Some(host), _) => Ok(host),
        (None, Some(authority)) => Ok(authority),
        (None, None) => Err(Refused::HostMissing),
    }
}

/// Path and query of a target, and the authority it names if it is in absolute form
/// (RFC 9112 3.2). Authority and asterisk form are not served.
fn origin_form(target: &str, version: Version) -> Result<(&str, Option<&str>), Refused> {
    if target.starts_with('/') {
        return Ok((target, None));
    }
    if version == Version::HTTP_2 {
        return Err(Refused::TargetForm);
    }
    let rest = strip_scheme(target).ok_or(Refused::TargetForm)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, origin) = rest.split_at_checked(end).ok_or(Refused::TargetForm)?;
    match origin.as_bytes().first() {
        None => Ok(("/", Some(authority))),
        Some(b'/') => Ok((origin, Some(authority))),
        // `http://host?query`: legal, never sent by a browser, and read differently by servers.
        Some(_) => Err(Refused::TargetForm),
    }
}

fn strip_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

#[cfg(test)]
mod tests;
