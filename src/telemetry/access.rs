//! The access log: one line per request.
//!
//! A record holds the path, never the query; text from outside is escaped, so that one request is
//! one line whatever it contained.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Serialize;

use super::queue::{Queue, Sink};
use super::{LogFormat, Metrics};
use crate::base::{RequestId, RouteId, Timestamp, UserId};

/// What is written about one request.
#[derive(Clone, Debug)]
pub struct AccessRecord {
    /// When it was answered.
    pub at: Timestamp,
    /// Its id, as on error pages and in the audit trail.
    pub request: RequestId,
    /// The route that took it; absent for the site's own pages and for what nothing takes.
    pub route: Option<RouteId>,
    /// The method.
    pub method: Method,
    /// The path without its query.
    pub path: String,
    /// The status that was answered.
    pub status: u16,
    /// Who asked.
    pub user: Option<UserId>,
    /// A short hash of the session, to find its other requests.
    pub session: Option<String>,
    /// `allow`, `deny`, `challenge`, `step_up`, `site` or `reject`.
    pub decision: &'static str,
    /// Why, such as `group:staff`.
    pub reason: Arc<str>,
    /// What a rule on trial would have done otherwise, and why.
    pub shadow: Option<(&'static str, &'static str)>,
    /// From the first byte of the request to the last of the answer.
    pub duration: Duration,
    /// Our own part of it.
    pub overhead: Duration,
    /// The upstream that answered.
    pub upstream: Option<Arc<str>>,
    /// The client's address.
    pub client: IpAddr,
}

/// The JSON line, in the order of its keys.
#[derive(Serialize)]
struct Line<'a> {
    ts: String,
    level: &'static str,
    msg: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(rename = "http.request.method")]
    method: &'a str,
    #[serde(rename = "url.path")]
    path: &'a str,
    #[serde(rename = "http.response.status_code")]
    status: u16,
    #[serde(rename = "user.id", skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    decision: &'static str,
    reason: &'a str,
    #[serde(rename = "shadow.decision", skip_serializing_if = "Option::is_none")]
    shadow_decision: Option<&'static str>,
    #[serde(rename = "shadow.reason", skip_serializing_if = "Option::is_none")]
    shadow_reason: Option<&'static str>,
    duration_ms: f64,
    overhead_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<&'a str>,
    #[serde(rename = "client.address")]
    client: IpAddr,
}

impl AccessRecord {
    /// One JSON object without a newline.
    pub fn json(&self) -> String {
        let line = Line {
            ts: self.at.rfc3339(),
            level: "info",
            msg: "request",
            request_id: self.request.as_str(),
            route: self.route.as_ref().map(RouteId::as_str),
            method: self.method.as_str(),
            path: without_query(&self.path),
            status: self.status,
            user: self.user.as_ref().map(UserId::as_str),
            session: self.session.as_deref(),
            decision: self.decision,
            reason: &self.reason,
            shadow_decision: self.shadow.map(|(decision, _)| decision),
            shadow_reason: self.shadow.map(|(_, reason)| reason),
            duration_ms: millis(self.duration),
            overhead_ms: millis(self.overhead),
            upstream: self.upstream.as_deref(),
            client: self.client,
        };
        let json = serde_json::to_string(&line).unwrap_or_default();
        super::logs::escape_separators(&json).into_owned()
    }

    /// One line for people, without a newline.
    pub fn pretty(&self) -> String {
        let mut line = format!(
            "{} {} {} {} {}",
            self.at.rfc3339(),
            self.status,
            self.method,
            super::logs::printable(without_query(&self.path)),
            self.decision,
        );
        let _ = write!(line, " ({})", super::logs::printable(&self.reason));
        if let Some((decision, reason)) = self.shadow {
            let _ = write!(line, " shadow={decision}({reason})");
        }
        if let Some(route) = &self.route {
            let _ = write!(line, " route={route}");
        }
        if let Some(user) = &self.user {
            let _ = write!(line, " user={user}");
        }
        let _ = write!(
            line,
            " {:.1} ms, of these ours {:.3} ms",
            millis(self.duration),
            millis(self.overhead)
        );
        line
    }
}

/// A caller that passed more than the path must not put a query into the log.
fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}

/// Milliseconds with microsecond precision.
fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// Writes access records to standard error; cheap to clone.
#[derive(Clone, Debug)]
pub struct AccessLog(Option<Arc<Queue<AccessRecord>>>);

impl AccessLog {
    /// Starts the writer.
    pub fn start(format: LogFormat, metrics: &Metrics) -> Result<Self, std::io::Error> {
        let lost = metrics.log_lines_lost("access");
        let queue = Queue::start("access-log", lost, StandardError(format))?;
        Ok(Self(Some(Arc::new(queue))))
    }

    /// Writes nothing.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Queues one record; never waits.
    pub fn write(&self, record: AccessRecord) {
        if let Some(queue) = &self.0 {
            queue.push(record);
        }
    }

    /// Returns when everything queued so far is written; blocks, for shutdown.
    pub fn flush(&self) {
        if let Some(queue) = &self.0 {
            queue.flush();
        }
    }
}

struct StandardError(LogFormat);

impl Sink<AccessRecord> for StandardError {
    fn format(&mut self, record: AccessRecord, batch: &mut Vec<u8>) {
        let line = match self.0 {
            LogFormat::Json => record.json(),
            LogFormat::Pretty => record.pretty(),
        };
        batch.extend_from_slice(line.as_bytes());
        batch.push(b'\n');
    }

    fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
        // One lock for the whole batch, so that log lines of other threads fall between ours.
        std::io::stderr().lock().write_all(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> AccessRecord {
        AccessRecord {
            at: Timestamp::from_seconds(1_700_000_000),
            request: RequestId::new("01J"),
            route: Some("wiki".into()),
            method: Method::GET,
            path: "/a".to_owned(),
            status: 200,
            user: Some("u_7f".into()),
            session: None,
            decision: "allow",
            reason: "group:staff".into(),
            shadow: None,
            duration: Duration::from_micros(12_400),
            overhead: Duration::from_micros(90),
            upstream: Some("10.0.0.7:3000".into()),
            client: "203.0.113.9".parse().unwrap(),
        }
    }

    #[test]
    fn a_request_is_one_json_object_with_documented_keys() {
        assert_eq!(
            record().json(),
            concat!(
                r#"{"ts":"2023-11-14T22:13:20.000Z","level":"info","msg":"request","#,
                r#""request_id":"01J","route":"wiki","http.request.method":"GET","#,
                r#""url.path":"/a","http.response.status_code":200,"user.id":"u_7f","#,
                r#""decision":"allow","reason":"group:staff","duration_ms":12.4,"#,
                r#""overhead_ms":0.09,"upstream":"10.0.0.7:3000","client.address":"203.0.113.9"}"#
            )
        );
    }

    #[test]
    fn a_query_never_reaches_the_log() {
        let mut record = record();
        record.path = "/cb?code=secret".to_owned();
        assert!(!record.json().contains("secret"));
        assert!(!record.pretty().contains("secret"));
    }

    #[test]
    fn ops_03_control_characters_and_fake_records_stay_one_escaped_record() {
        let mut record = record();
        record.path = "/\n{\"msg\":\"fake\"}\u{1b}[31m\u{2028}x\u{85}".to_owned();
        for line in [record.json(), record.pretty()] {
            assert!(
                !line.contains(['\n', '\r', '\u{1b}', '\u{2028}', '\u{85}']),
                "{line:?}"
            );
        }
        let back: serde_json::Value = serde_json::from_str(&record.json()).unwrap();
        assert_eq!(back["msg"], "request");
        assert_eq!(back["url.path"], record.path);
    }
}
