//! The one HTTP client for addresses that others name: documents of clients are fetched and
//! notices are posted through it. No address is reached that was not allowed, whatever a name
//! resolves to; nothing is followed, remembered or waited for beyond its bounds.

mod address;
mod body;
mod busy;
mod exchange;
mod kept;
mod resolve;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use url::Url;

pub use address::Reach;
pub use busy::Lane;
pub use kept::{Good, Kept, Missed};
pub use settings::OutboundSettings;

use busy::Busy;
use resolve::Checked;

/// Longest address that is called, in bytes.
const MAX_URL: usize = 2048;
/// Longest a connection may take to open, TLS included, whatever the total.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection waits for another request to the same host.
const POOLED: Duration = Duration::from_secs(20);

/// The client. Cheap to clone; clones share connections and bounds.
#[derive(Clone, Debug)]
pub struct Outbound(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    reach: Arc<Reach>,
    http: bool,
    timeout: Duration,
    busy: Busy,
}

/// What an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest body, in bytes.
    pub body: usize,
    /// Longest the whole exchange may take; never more than `outbound.timeout`.
    pub deadline: Duration,
    /// Whose room a fetch takes.
    pub lane: Lane,
}

impl Limits {
    /// Up to `body` bytes within the time that is configured, of what is known.
    pub const fn body(body: usize) -> Self {
        Self {
            body,
            deadline: Duration::MAX,
            lane: Lane::Known,
        }
    }

    /// The same in another lane.
    #[must_use]
    pub const fn in_lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// The same with less time.
    #[must_use]
    pub const fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status; redirects are given back, never followed.
    pub status: StatusCode,
    /// The media type without parameters, in lower case.
    pub content_type: Option<String>,
    /// `Cache-Control: max-age`, unless it may not be kept.
    pub max_age: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

impl Fetched {
    /// The body of a `200`.
    pub fn ok(self) -> Result<Self, OutboundError> {
        if self.status == StatusCode::OK {
            Ok(self)
        } else {
            Err(OutboundError::Status(self.status))
        }
    }
}

/// Why nothing was fetched or posted. Never says what an internal host answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not an absolute URL of a web server, too long, or with a user name in it.
    #[error("not an address that can be called")]
    Url,
    /// Plain http.
    #[error("only https is called")]
    NotHttps,
    /// Every address of the host is private, local or reserved, and not on the allow list.
    #[error(
        "the host's addresses are not public ones, and outbound.allow_private names none of them"
    )]
    NotAllowed,
    /// The host's name could not be resolved, no connection was made, or it broke.
    #[error("the host could not be reached")]
    Unreachable,
    /// The other side took too long.
    #[error("the host did not answer in time")]
    TimedOut,
    /// The body is longer than it may be.
    #[error("the answer is too large")]
    TooLarge,
    /// Too many calls are in flight, to this host or at all.
    #[error("too many calls are in flight")]
    Busy,
    /// The answer says that it did not work.
    #[error("the answer was {0}")]
    Status(StatusCode),
    /// The client could not be built: extra roots, or no system roots at all.
    #[error("the outbound client cannot be built: {0}")]
    Client(String),
}

impl Outbound {
    /// A client by `settings`. Reads the files of extra roots.
    pub fn new(settings: &OutboundSettings) -> Result<Self, OutboundError> {
        let reach = Arc::new(settings.reach.clone());
        Ok(Self(Arc::new(Inner {
            client: client(settings, &reach)?,
            reach,
            http: settings.danger_allow_http,
            timeout: settings.timeout,
            busy: Busy::default(),
        })))
    }

    /// Fetches `url`; `accept` is what is asked for.
    pub async fn get(
        &self,
        url: &str,
        accept: &'static str,
        limits: Limits,
    ) -> Result<Fetched, OutboundError> {
        let url = self.admits(url)?;
        let request = self.0.client.get(url.clone()).header(ACCEPT, accept);
        self.run(request, (limits.lane, &url), limits).await
    }

    /// Posts a form to `url`.
    pub async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        limits: Limits,
    ) -> Result<Fetched, OutboundError> {
        let url = self.admits(url)?;
        let request = self.0.client.post(url.clone()).form(form);
        self.run(request, (Lane::Notices, &url), limits).await
    }

    /// Reads an address, and whether it may be called as far as can be said without resolving its
    /// name: when something is registered that will be called later.
    pub fn admits(&self, url: &str) -> Result<Url, OutboundError> {
        if url.len() > MAX_URL {
            return Err(OutboundError::Url);
        }
        let url = Url::parse(url).map_err(|_| OutboundError::Url)?;
        match url.scheme() {
            "https" => {}
            "http" if self.0.http => {}
            "http" => return Err(OutboundError::NotHttps),
            _ => return Err(OutboundError::Url),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Url);
        }
        // Addresses are connected to without asking the resolver, so they are looked at here.
        match url.host() {
            None => Err(OutboundError::Url),
            Some(host) if !self.0.reach.may_reach(&host) => Err(OutboundError::NotAllowed),
            Some(_) => Ok(url),
        }
    }

    async fn run(
        &self,
        request: reqwest::RequestBuilder,
        (lane, url): (Lane, &Url),
        limits: Limits,
    ) -> Result<Fetched, OutboundError> {
        let _entered = self.0.busy.enter(lane, url).ok_or(OutboundError::Busy)?;
        let deadline = limits.deadline.min(self.0.timeout);
        let exchange = async {
            let answer = request.send().await.map_err(|error| cause(&error))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok(Fetched {
                status,
                content_type: media_type(&headers),
                max_age: max_age(&headers),
                body: body::read(answer, limits.body).await?,
            })
        };
        tokio::time::timeout(deadline, exchange)
            .await
            .map_err(|_| OutboundError::TimedOut)?
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one bounded client that everything goes through"
)]
fn client(
    settings: &OutboundSettings,
    reach: &Arc<Reach>,
) -> Result<reqwest::Client, OutboundError> {
    let mut roots = Vec::new();
    for path in &settings.trust {
        let said = |why: &dyn std::fmt::Display| {
            OutboundError::Client(format!("{}: {why}", path.display()))
        };
        let text = std::fs::read(path).map_err(|why| said(&why))?;
        let read = reqwest::Certificate::from_pem_bundle(&text).map_err(|why| said(&why))?;
        if read.is_empty() {
            return Err(said(&"holds no certificate"));
        }
        roots.extend(read);
    }
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .retry(reqwest::retry::never())
        .https_only(!settings.danger_allow_http)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(POOLED)
        .pool_max_idle_per_host(2)
        .tls_certs_merge(roots)
        .dns_resolver(Checked(Arc::clone(reach)))
        .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|why| OutboundError::Client(why.to_string()))
}

/// What a failure of the library means here; its own text may name internal hosts.
fn cause(error: &reqwest::Error) -> OutboundError {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = source {
        if one.is::<resolve::NoneAllowed>() {
            return OutboundError::NotAllowed;
        }
        source = one.source();
    }
    if error.is_timeout() {
        OutboundError::TimedOut
    } else {
        OutboundError::Unreachable
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let line = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let name = line.split(';').next()?.trim();
    Some(name.to_ascii_lowercase())
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let line = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let directives = || line.split(',').map(str::trim);
    if directives().any(|one| ["no-store", "no-cache"].contains(&one)) {
        return None;
    }
    let seconds = directives().find_map(|one| one.strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}
