//! Whether an upstream is well: by asking it in the background, and by what becomes of requests.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use http::header::{HOST, USER_AGENT};
use pingora::connectors::http::Connector;
use pingora::http::RequestHeader;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};
use prometheus::IntGauge;

use crate::gateway::settings::Health;

/// How long an upstream that does not work is left alone.
const REST: Duration = Duration::from_secs(10);
/// Requests in a row that an upstream may break off or leave without an answer.
const FAILURES: u32 = 3;
/// Questions in a row that it may leave without the right answer.
const MISSED: u32 = 2;
/// How long it may take to answer a question.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known about one upstream.
pub(super) struct Condition {
    /// Milliseconds after the pool began until which it is left alone.
    rests_until: AtomicU64,
    failures: AtomicU32,
    missed: AtomicU32,
    ill: AtomicBool,
    /// 1 while it is well.
    up: IntGauge,
}

impl Condition {
    pub(super) fn new(up: IntGauge) -> Self {
        up.set(1);
        Self {
            rests_until: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            missed: AtomicU32::new(0),
            ill: AtomicBool::new(false),
            up,
        }
    }

    /// Whether requests go there: it answers questions, and does not rest.
    pub(super) fn is_fit(&self, now: u64) -> bool {
        !self.ill.load(Ordering::Relaxed) && self.rests_until.load(Ordering::Relaxed) <= now
    }

    /// It could not be connected to: a rest at once.
    pub(super) fn unreachable(&self, now: u64) {
        let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        self.rests_until
            .store(now.saturating_add(rest), Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
        self.up.set(0);
    }

    /// It broke off or stayed silent. Whether it rests now.
    pub(super) fn failed(&self, now: u64) -> bool {
        let rests = self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES;
        if rests {
            self.unreachable(now);
        }
        rests
    }

    /// It answered. Written only where it was known otherwise: every request comes by here.
    pub(super) fn answered(&self) {
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        if self.up.get() == 0 && !self.ill.load(Ordering::Relaxed) {
            self.rests_until.store(0, Ordering::Relaxed);
            self.up.set(1);
        }
    }

    /// Notes what a question came to. Whether that changed anything.
    pub(super) fn asked(&self, well: bool) -> bool {
        if well {
            self.missed.store(0, Ordering::Relaxed);
            let was = self.ill.swap(false, Ordering::Relaxed);
            self.rests_until.store(0, Ordering::Relaxed);
            self.up.set(1);
            return was;
        }
        let missed = self.missed.fetch_add(1, Ordering::Relaxed) + 1;
        if missed < MISSED {
            return false;
        }
        self.up.set(0);
        !self.ill.swap(true, Ordering::Relaxed)
    }
}

/// Asks the upstream at `peer`, on a connection of its own: a pooled one can outlive what it leads
/// to.
pub(super) async fn ask(
    connector: &Connector,
    peer: &HttpPeer,
    host: &str,
    health: &Health,
) -> Result<()> {
    let asked = tokio::time::timeout(PATIENCE, question(connector, peer, host, health)).await;
    asked.unwrap_or_else(|_| Err(Error::explain(ErrorType::ReadTimedout, "no answer in time")))
}

async fn question(
    connector: &Connector,
    peer: &HttpPeer,
    host: &str,
    health: &Health,
) -> Result<()> {
    let (mut session, _) = connector.get_http_session(peer).await?;
    let mut request = RequestHeader::build("GET", health.path.as_bytes(), Some(3))?;
    request.insert_header(HOST, host)?;
    request.insert_header(USER_AGENT, "doorward-health")?;
    if peer.options.alpn.get_min_http_version() == 2 {
        let scheme = if peer.sni.is_empty() { "http" } else { "https" };
        let uri = format!("{scheme}://{host}{}", health.path).parse();
        let wrong = |_| Error::explain(ErrorType::InternalError, "a path that is none");
        request.set_uri(uri.map_err(wrong)?);
    }
    session.write_request_header(Box::new(request)).await?;
    session.finish_request_body().await?;
    session.read_response_header().await?;
    let status = session.response_header().map(|answer| answer.status);
    session.shutdown().await;
    let well = status.is_some_and(|status| match health.status {
        Some(wanted) => status == wanted,
        None => status.is_success() || status.is_redirection(),
    });
    if well {
        Ok(())
    } else {
        Err(Error::explain(
            ErrorType::InvalidHTTPHeader,
            "another status than a well one",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition() -> Condition {
        Condition::new(IntGauge::new("up", "up").unwrap())
    }

    #[test]
    fn an_upstream_rests_after_failures_in_a_row_and_not_before() {
        let it = condition();
        assert!(!it.failed(0) && !it.failed(0));
        it.answered();
        assert!(!it.failed(0) && !it.failed(0));
        assert!(it.is_fit(0));
        assert!(it.failed(0));
        assert!(!it.is_fit(0) && !it.is_fit(9_999));
        assert_eq!(it.up.get(), 0);
        assert!(it.is_fit(10_000));
        it.answered();
        assert_eq!(it.up.get(), 1);
    }

    #[test]
    fn one_missed_question_is_nothing_and_one_answered_makes_well_again() {
        let it = condition();
        assert!(!it.asked(false));
        assert!(it.is_fit(0));
        assert!(it.asked(false) && !it.is_fit(0));
        // What still goes there because there is no other says nothing about the rest.
        it.answered();
        assert!(!it.is_fit(0));
        assert!(!it.asked(false));
        assert!(it.asked(true) && it.is_fit(0));
        assert_eq!(it.up.get(), 1);
    }
}
