//! How a route changes what passes.

use http::{HeaderName, HeaderValue};

/// What the path becomes on its way to the app. Either may be empty; neither ends in a slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Taken from the beginning of the path; every path that the route takes begins with it.
    pub strip: String,
    /// Put there instead.
    pub prefix: String,
}

impl Rewrite {
    /// Whether it changes nothing.
    pub const fn is_empty(&self) -> bool {
        self.strip.is_empty() && self.prefix.is_empty()
    }
}

/// Header fields that are written or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// Written as spelt, in place of whatever was there.
    pub set: Vec<(String, HeaderValue)>,
    /// Removed.
    pub remove: Vec<HeaderName>,
}

/// The `Host` that an app sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UpstreamHost {
    /// What the client sent.
    #[default]
    Keep,
    /// That of the upstream's own URL.
    Upstream,
    /// Always this.
    Name(String),
}

/// How a route changes what goes to its upstreams and what comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarding {
    /// The path.
    pub rewrite: Rewrite,
    /// The `Host`.
    pub host: UpstreamHost,
    /// Fields of requests.
    pub request_headers: HeaderChanges,
    /// Fields of answers.
    pub response_headers: HeaderChanges,
}

impl Forwarding {
    /// Whether an app knows itself by the address that browsers know.
    pub fn is_plain(&self) -> bool {
        self.rewrite.is_empty() && self.host == UpstreamHost::Keep
    }
}
