//! What is remembered about one request from its first byte to its log line.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::HeaderValue;
use prometheus::IntGauge;

use super::admit::Permit;
use super::assertion::Client;
use super::cache::{Filling, Key};
use super::late::Late;
use super::route::Route;
use super::shadow::Would;
use super::state::InForce;
use super::target::Refused;
use crate::base::{ClientId, RequestId, SessionId, UserId};
use crate::identity::AppLogin;

/// One request.
pub struct Context {
    /// The configuration it is served under, from beginning to end.
    pub(super) snapshot: Arc<InForce>,
    /// Its id.
    pub(super) request: RequestId,
    /// When its head was read.
    pub(super) started: Instant,
    /// Where it came from.
    pub(super) client: Client,
    /// What takes it.
    pub(super) place: Place,
    /// The host it is for, where a route takes it: the route's own may be a wildcard.
    pub(super) host: Arc<str>,
    /// The methods that would have been taken, where this one is not.
    pub(super) allow: Option<HeaderValue>,
    /// Leave to forward it.
    pub(super) permit: Option<Permit>,
    /// What is written to the log about the decision.
    pub(super) outcome: Outcome,
    /// What the person signs in to the app with, where Doorward does that for them.
    pub(super) app_login: Option<Arc<AppLogin>>,
    /// What a rule on trial would have done otherwise.
    pub(super) would: Option<Would>,
    /// Under what its answer may be kept, where none was.
    pub(super) missed: Option<Key>,
    /// The answer that is being kept.
    pub(super) filling: Option<Filling>,
    /// Whom a sign-in would let through.
    pub(super) late: Option<Late>,
    /// A cookie to send along with the answer.
    pub(super) renewed: Option<String>,
    /// Attempts to connect, and where the last one went.
    pub(super) attempts: usize,
    pub(super) member: usize,
    pub(super) upstream: Option<Arc<str>>,
    /// The authority of that upstream's own URL, if it has one.
    pub(super) authority: Option<Arc<str>>,
    /// Doorward's own time, without what was spent waiting for others.
    pub(super) overhead: Duration,
    /// Interim answers of the app.
    pub(super) interim: u8,
    /// Body bytes seen, and since when.
    pub(super) body: u64,
    pub(super) body_since: Option<Instant>,
    /// Whether it ends when its session ends.
    pub(super) bound: bool,
    /// Held while a WebSocket is open.
    pub(super) upgraded: Option<Held>,
    pub(super) in_flight: Arc<AtomicUsize>,
}

/// What takes a request.
#[derive(Debug)]
pub(super) enum Place {
    /// Not known yet.
    Nowhere,
    /// The site, under this host.
    Site(Arc<str>),
    /// A route.
    Route(Arc<Route>),
    /// Nothing.
    Refused(Refused),
}

/// How a request was decided, for the log.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) decision: &'static str,
    pub(super) reason: Arc<str>,
    pub(super) user: Option<UserId>,
    pub(super) session: Option<SessionId>,
    /// The app that presents a token.
    pub(super) client: Option<ClientId>,
}

/// Raises a gauge for as long as it lives.
pub(super) struct Held(IntGauge);

impl Held {
    pub(super) fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Context {
    pub(super) fn new(
        snapshot: Arc<InForce>,
        ids: &RequestIds,
        in_flight: &Arc<AtomicUsize>,
    ) -> Self {
        in_flight.fetch_add(1, Ordering::Relaxed);
        Self {
            outcome: Outcome {
                decision: "reject",
                reason: Arc::clone(&snapshot.words.nothing),
                user: None,
                session: None,
                client: None,
            },
            host: Arc::clone(&snapshot.words.nothing),
            snapshot,
            request: ids.next(),
            started: Instant::now(),
            client: Client {
                address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                https: false,
            },
            place: Place::Nowhere,
            allow: None,
            permit: None,
            would: None,
            missed: None,
            filling: None,
            late: None,
            app_login: None,
            renewed: None,
            attempts: 0,
            member: 0,
            upstream: None,
            authority: None,
            overhead: Duration::ZERO,
            interim: 0,
            body: 0,
            body_since: None,
            bound: false,
            upgraded: None,
            in_flight: Arc::clone(in_flight),
        }
    }

    /// The route, if one takes the request.
    pub(super) fn route(&self) -> Option<&Arc<Route>> {
        match &self.place {
            Place::Route(route) => Some(route),
            Place::Nowhere | Place::Site(_) | Place::Refused(_) => None,
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Request ids: a beginning that no other process has, and a number. Not a secret, so no request
/// pays for randomness.
#[derive(Debug)]
pub(super) struct RequestIds {
    beginning: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new(beginning: [u8; 6]) -> Self {
        Self {
            beginning: crate::base::encoding::hex(beginning),
            next: AtomicU64::new(1),
        }
    }

    fn next(&self) -> RequestId {
        use std::fmt::Write as _;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut text = arrayed::Text::default();
        let _ = write!(text, "{}-{number:x}", self.beginning);
        RequestId::new(text.as_str())
    }
}

mod arrayed {
    //! Text on the stack, so that an id costs one allocation and not two.

    /// At most 32 bytes; what does not fit is cut.
    #[derive(Default)]
    pub struct Text {
        bytes: [u8; 32],
        length: usize,
    }

    impl Text {
        pub fn as_str(&self) -> &str {
            let written = self.bytes.get(..self.length).unwrap_or_default();
            std::str::from_utf8(written).unwrap_or_default()
        }
    }

    impl std::fmt::Write for Text {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for byte in text.bytes() {
                let place = self.bytes.get_mut(self.length).ok_or(std::fmt::Error)?;
                *place = byte;
                self.length += 1;
            }
            Ok(())
        }
    }
}
