//! Metrics, in Prometheus text form.
//!
//! Labels are from bounded sets: ids in the configuration, words of our own. Never a user, a path
//! or anything else a client can choose.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::base::{RouteId, Timestamp};

/// Answers of real services: a millisecond to half a minute.
const DURATIONS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Our own part: a microsecond to a tenth of a second.
const OVERHEADS: &[f64] = &[
    0.000_001,
    0.000_002_5,
    0.000_005,
    0.000_01,
    0.000_025,
    0.000_05,
    0.000_1,
    0.000_25,
    0.000_5,
    0.001,
    0.005,
    0.025,
    0.1,
];

/// Every metric there is; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    overheads: HistogramVec,
    decisions: IntCounterVec,
    rejected: IntCounterVec,
    logins: IntCounterVec,
    tokens: IntCounterVec,
    cache_hits: IntCounter,
    cache_misses: IntCounter,
    upgrades: IntGauge,
    upstream_failures: IntCounterVec,
    reload_success: IntGauge,
    reload_time: IntGauge,
    revocation_lag: IntGauge,
    log_lost: IntCounterVec,
}

impl Metrics {
    /// A registry of its own with everything in it.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let r = &registry;
        let metrics = Self {
            requests: counters(
                r,
                "http_requests_total",
                "Answers, by route and class of status code.",
                &["route", "code"],
            )?,
            durations: histograms(
                r,
                "http_request_duration_seconds",
                "From the first byte of a request to the last of its answer.",
                &["route"],
                DURATIONS,
            )?,
            overheads: histograms(
                r,
                "gateway_overhead_seconds",
                "The part of a request's time that is Doorward's own.",
                &["route"],
                OVERHEADS,
            )?,
            decisions: counters(
                r,
                "decisions_total",
                "Decisions on requests to protected apps.",
                &["route", "decision", "reason"],
            )?,
            rejected: counters(
                r,
                "requests_rejected_total",
                "Requests refused before any route was looked for.",
                &["reason"],
            )?,
            logins: counters(
                r,
                "logins_total",
                "Attempts to sign in.",
                &["method", "outcome"],
            )?,
            tokens: counters(
                r,
                "tokens_issued_total",
                "Successful answers of the token endpoint.",
                &["issuer", "grant"],
            )?,
            cache_hits: counter(
                r,
                "session_cache_hits_total",
                "Requests decided from the lease alone.",
            )?,
            cache_misses: counter(
                r,
                "session_cache_misses_total",
                "Requests for which the session row was read.",
            )?,
            upgrades: gauge(
                r,
                "upgraded_connections",
                "WebSockets and other upgraded connections that are open.",
            )?,
            upstream_failures: counters(
                r,
                "upstream_failures_total",
                "Requests that no upstream answered, by cause.",
                &["route", "reason"],
            )?,
            reload_success: gauge(
                r,
                "config_last_reload_success",
                "1 when the configuration last read was taken, 0 when it was refused.",
            )?,
            reload_time: gauge(
                r,
                "config_last_reload_timestamp_seconds",
                "When the configuration was last read.",
            )?,
            revocation_lag: gauge(
                r,
                "revocation_lag_seconds",
                "Age of the last good look at the revocation feed.",
            )?,
            log_lost: counters(
                r,
                "log_lines_lost_total",
                "Lines that could not be written.",
                &["stream"],
            )?,
            registry,
        };
        metrics.say_build()?;
        Ok(metrics)
    }

    fn say_build(&self) -> Result<(), prometheus::Error> {
        let info = IntGaugeVec::new(named("build_info", "The version that runs."), &["version"])?;
        self.registry.register(Box::new(info.clone()))?;
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(())
    }

    /// The handles of one route, looked up once. The site's own pages are the route `site`.
    pub fn of_route(&self, route: &RouteId) -> RouteMetrics {
        let class = |code| self.requests.with_label_values(&[route.as_str(), code]);
        RouteMetrics {
            classes: [
                class("1xx"),
                class("2xx"),
                class("3xx"),
                class("4xx"),
                class("5xx"),
            ],
            duration: self.durations.with_label_values(&[route.as_str()]),
            overhead: self.overheads.with_label_values(&[route.as_str()]),
        }
    }

    /// A decision on a request; `reason` is from the configuration or from a closed list.
    pub fn decision(&self, route: &RouteId, decision: &str, reason: &str) {
        self.decisions
            .with_label_values(&[route.as_str(), decision, reason])
            .inc();
    }

    /// The counter behind [`Metrics::decision`], for callers that keep it.
    pub fn decision_counter(&self, route: &RouteId, decision: &str, reason: &str) -> IntCounter {
        self.decisions
            .with_label_values(&[route.as_str(), decision, reason])
    }

    /// A request refused before routing, such as `bad_host` or `bad_target`.
    pub fn rejected(&self, reason: &'static str) {
        self.rejected.with_label_values(&[reason]).inc();
    }

    /// An attempt to sign in: method `password`; outcome such as `ok`, `wrong`, `throttled`.
    pub fn login(&self, method: &'static str, outcome: &'static str) {
        self.logins.with_label_values(&[method, outcome]).inc();
    }

    /// Tokens were issued.
    pub fn tokens_issued(&self, issuer: &str, grant: &'static str) {
        self.tokens.with_label_values(&[issuer, grant]).inc();
    }

    /// Whether a request was decided from the lease (`true`) or the session row was read.
    pub fn session_cache(&self, hit: bool) {
        if hit {
            self.cache_hits.inc();
        } else {
            self.cache_misses.inc();
        }
    }

    /// Connections that were upgraded and are open; the caller moves it up and down.
    pub const fn upgraded_connections(&self) -> &IntGauge {
        &self.upgrades
    }

    /// No upstream answered: `connect`, `timeout`, `closed`.
    pub fn upstream_failed(&self, route: &RouteId, reason: &'static str) {
        self.upstream_failures
            .with_label_values(&[route.as_str(), reason])
            .inc();
    }

    /// The configuration was read at `at`, and taken or refused.
    pub fn reloaded(&self, taken: bool, at: Timestamp) {
        self.reload_success.set(i64::from(taken));
        self.reload_time.set(at.seconds());
    }

    /// How old the last good look at the revocation feed is.
    pub fn revocation_lag(&self, age: Duration) {
        self.revocation_lag
            .set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    }

    pub(super) fn log_lines_lost(&self, stream: &'static str) -> IntCounter {
        self.log_lost.with_label_values(&[stream])
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

/// The handles of one route.
#[derive(Clone, Debug)]
pub struct RouteMetrics {
    classes: [IntCounter; 5],
    duration: Histogram,
    overhead: Histogram,
}

impl RouteMetrics {
    /// A request was answered.
    pub fn answered(&self, status: u16, duration: Duration, overhead: Duration) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.classes.get(class) {
            counter.inc();
        }
        self.duration.observe(duration.as_secs_f64());
        self.overhead.observe(overhead.as_secs_f64());
    }
}

fn named(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("doorward")
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    let metric = IntCounter::with_opts(named(name, help))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let metric = IntGauge::with_opts(named(name, help))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<IntCounterVec, prometheus::Error> {
    let metric = IntCounterVec::new(named(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn histograms(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
    buckets: &[f64],
) -> Result<HistogramVec, prometheus::Error> {
    let opts = HistogramOpts::new(name, help)
        .namespace("doorward")
        .buckets(buckets.to_vec());
    let metric = HistogramVec::new(opts, labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
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
