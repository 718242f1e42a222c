//! Metrics, in Prometheus text form.
//!
//! Labels are from bounded sets: ids in the configuration, words of our own. Never a user, a path
//! or anything else a client can choose.

mod make;
mod people;
mod service;
mod traffic;

use std::time::Duration;

use prometheus::{IntCounter, IntGauge, Registry, TextEncoder};

use crate::base::{RouteId, Timestamp};
use people::People;
use service::Service;
use traffic::Traffic;

pub use traffic::RouteMetrics;

/// Every metric there is; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    traffic: Traffic,
    people: People,
    service: Service,
}

impl Metrics {
    /// A registry of its own with everything in it.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        Ok(Self {
            traffic: Traffic::register(&registry)?,
            people: People::register(&registry)?,
            service: Service::register(&registry)?,
            registry,
        })
    }

    /// The handles of one route, looked up once. The site's own pages are the route `site`.
    pub fn of_route(&self, route: &RouteId) -> RouteMetrics {
        self.traffic.of_route(route)
    }

    /// Whether requests go to this upstream of this route.
    pub fn upstream_up(&self, route: &RouteId, upstream: &str) -> IntGauge {
        self.traffic
            .upstream_up
            .with_label_values(&[route.as_str(), upstream])
    }

    /// A decision on a request; `reason` is from the configuration or from a closed list.
    pub fn decision(&self, route: &RouteId, decision: &str, reason: &str) {
        self.traffic
            .decisions
            .with_label_values(&[route.as_str(), decision, reason])
            .inc();
    }

    /// The counter behind [`Metrics::decision`], for callers that keep it.
    pub fn decision_counter(&self, route: &RouteId, decision: &str, reason: &str) -> IntCounter {
        self.traffic
            .decisions
            .with_label_values(&[route.as_str(), decision, reason])
    }

    /// Whether a request of a route that keeps answers was answered by one.
    pub fn cache(&self, route: &RouteId, hit: bool) {
        let result = if hit { "hit" } else { "miss" };
        self.traffic
            .cached
            .with_label_values(&[route.as_str(), result])
            .inc();
    }

    /// What a rule on trial would have decided, and whether the one in force says otherwise.
    pub fn shadow(&self, route: &RouteId, decision: &str, reason: &str, differs: bool) {
        let differs = if differs { "true" } else { "false" };
        self.traffic
            .shadows
            .with_label_values(&[route.as_str(), decision, reason, differs])
            .inc();
    }

    /// A request refused before routing, such as `bad_host` or `bad_target`.
    pub fn rejected(&self, reason: &'static str) {
        self.traffic.rejected.with_label_values(&[reason]).inc();
    }

    /// A trusted proxy's `X-Forwarded-For` that could not be read to its end.
    pub fn forwarded_unreadable(&self) {
        self.traffic.forwarded_unreadable.inc();
    }

    /// An attempt to sign in: method `password`; outcome such as `ok`, `wrong`, `throttled`.
    pub fn login(&self, method: &'static str, outcome: &'static str) {
        self.people
            .logins
            .with_label_values(&[method, outcome])
            .inc();
    }

    /// Tokens were issued.
    pub fn tokens_issued(&self, issuer: &str, grant: &'static str) {
        self.people.tokens.with_label_values(&[issuer, grant]).inc();
    }

    /// Whether a request was decided from the lease (`true`) or the session row was read.
    pub fn session_cache(&self, hit: bool) {
        if hit {
            self.people.cache_hits.inc();
        } else {
            self.people.cache_misses.inc();
        }
    }

    /// An attempt to tell a client of a logout: `told`, `refused`, `failed`, `given_up`.
    pub fn backchannel_logout(&self, outcome: &'static str) {
        self.people.logouts.with_label_values(&[outcome]).inc();
    }

    /// How many logout tokens wait.
    pub fn backchannel_logouts_waiting(&self, count: i64) {
        self.people.logouts_waiting.set(count);
    }

    /// How many clients fail so often that they are tried seldom.
    pub fn backchannel_clients_resting(&self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.people.logouts_resting.set(count);
    }

    /// Connections that were upgraded and are open; the caller moves it up and down.
    pub const fn upgraded_connections(&self) -> &IntGauge {
        &self.traffic.upgrades
    }

    /// No upstream answered: `connect`, `timeout`, `closed`.
    pub fn upstream_failed(&self, route: &RouteId, reason: &'static str) {
        self.traffic
            .upstream_failures
            .with_label_values(&[route.as_str(), reason])
            .inc();
    }

    /// These certificates are in use, each until then; others are not any more.
    pub fn certificates_end(&self, ends: &[(&str, Timestamp)]) {
        let gauges = &self.service.certificates_end;
        gauges.reset();
        // Of two for one name the earlier end is what matters.
        let mut ends = ends.to_vec();
        ends.sort_by_key(|(_, end)| std::cmp::Reverse(*end));
        for (name, end) in ends {
            gauges.with_label_values(&[name]).set(end.seconds());
        }
    }

    /// A certificate was ordered: `ok` or `failed`.
    pub fn acme_order(&self, outcome: &'static str) {
        let orders = &self.service.acme_orders;
        orders.with_label_values(&[outcome]).inc();
    }

    /// The configuration was read at `at`, and taken or refused.
    pub fn reloaded(&self, taken: bool, at: Timestamp) {
        self.service.reload_success.set(i64::from(taken));
        self.service.reload_time.set(at.seconds());
    }

    /// How old the last good look at the revocation feed is.
    pub fn revocation_lag(&self, age: Duration) {
        self.service
            .revocation_lag
            .set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    }

    /// Whether the database takes changes.
    pub fn store_writable(&self, writable: bool) {
        self.service.store_writable.set(i64::from(writable));
    }

    /// What the database was given since the start: transactions, and changes in them.
    pub fn store_committed(&self, commits: u64, changes: u64) {
        let service = &self.service;
        for (counter, now) in [
            (&service.store_commits, commits),
            (&service.store_changes, changes),
        ] {
            counter.inc_by(now.saturating_sub(counter.get()));
        }
    }

    pub(super) fn log_lines_lost(&self, stream: &'static str) -> IntCounter {
        self.service.log_lost.with_label_values(&[stream])
    }

    /// A refusal that has no row in the database because others like it have.
    pub fn refusal_left_out(&self) {
        self.service.refusals_left_out.inc();
    }

    /// Adds a metric that another room owns.
    pub fn register(
        &self,
        collector: Box<dyn prometheus::core::Collector>,
    ) -> Result<(), prometheus::Error> {
        self.registry.register(collector)
    }

    /// The text that `/metrics` answers.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_rendered_under_its_documented_name() {
        let metrics = Metrics::new().unwrap();
        let wiki = RouteId::new("wiki");
        metrics
            .of_route(&wiki)
            .answered(204, Duration::from_millis(3), Duration::from_micros(20));
        metrics.decision(&wiki, "deny", "not_in_group");
        metrics.login("password", "ok");
        metrics.tokens_issued("production", "authorization_code");
        metrics.session_cache(true);
        metrics.rejected("bad_host");
        metrics.store_committed(2, 5);
        metrics.store_committed(3, 9);
        metrics.reloaded(true, Timestamp::from_seconds(5));
        let text = metrics.render().unwrap();
        for line in [
            r#"doorward_http_requests_total{code="2xx",route="wiki"} 1"#,
            r#"doorward_http_request_duration_seconds_count{route="wiki"} 1"#,
            r#"doorward_gateway_overhead_seconds_bucket{route="wiki",le="0.000025"} 1"#,
            r#"doorward_decisions_total{decision="deny",reason="not_in_group",route="wiki"} 1"#,
            r#"doorward_logins_total{method="password",outcome="ok"} 1"#,
            r#"doorward_tokens_issued_total{grant="authorization_code",issuer="production"} 1"#,
            "doorward_session_cache_hits_total 1",
            "doorward_session_cache_misses_total 0",
            r#"doorward_requests_rejected_total{reason="bad_host"} 1"#,
            "doorward_store_commits_total 3",
            "doorward_store_changes_total 9",
            "doorward_config_last_reload_success 1",
            "doorward_config_last_reload_timestamp_seconds 5",
            concat!(
                r#"doorward_build_info{version=""#,
                env!("CARGO_PKG_VERSION"),
                r#""} 1"#
            ),
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
