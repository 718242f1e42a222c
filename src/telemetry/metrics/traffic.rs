//! Requests: how many, how long, decided how.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
};

use super::make::{Made, counter, counters, gauge, gauges, histograms};
use crate::base::RouteId;

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

/// Metrics of requests.
#[derive(Clone, Debug)]
pub struct Traffic {
    pub(super) requests: IntCounterVec,
    pub(super) durations: HistogramVec,
    pub(super) overheads: HistogramVec,
    pub(super) decisions: IntCounterVec,
    pub(super) shadows: IntCounterVec,
    pub(super) cached: IntCounterVec,
    pub(super) rejected: IntCounterVec,
    pub(super) forwarded_unreadable: IntCounter,
    pub(super) upgrades: IntGauge,
    pub(super) upstream_failures: IntCounterVec,
    pub(super) upstream_up: IntGaugeVec,
}

impl Traffic {
    pub(super) fn register(r: &Registry) -> Made<Self> {
        Ok(Self {
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
            shadows: counters(
                r,
                "shadow_decisions_total",
                "What rules on trial would have decided, and whether that differs.",
                &["route", "decision", "reason", "differs"],
            )?,
            cached: counters(
                r,
                "cache_lookups_total",
                "Requests of routes that keep answers, and whether one was found.",
                &["route", "result"],
            )?,
            rejected: counters(
                r,
                "requests_rejected_total",
                "Requests refused before any route was looked for.",
                &["reason"],
            )?,
            forwarded_unreadable: counter(
                r,
                "forwarded_unreadable_total",
                "Requests whose X-Forwarded-For, from a trusted proxy, holds what is no address.",
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
            upstream_up: gauges(
                r,
                "upstream_up",
                "1 while requests go to the upstream, 0 while it rests or fails its health check.",
                &["route", "upstream"],
            )?,
        })
    }

    /// The handles of one route.
    pub(super) fn of_route(&self, route: &RouteId) -> RouteMetrics {
        let id = route.as_str();
        let class = |code| self.requests.with_label_values(&[id, code]);
        RouteMetrics {
            classes: [
                class("1xx"),
                class("2xx"),
                class("3xx"),
                class("4xx"),
                class("5xx"),
            ],
            duration: self.durations.with_label_values(&[id]),
            overhead: self.overheads.with_label_values(&[id]),
        }
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
    /// A request was answered; status 0 for one whose client was gone.
    pub fn answered(&self, status: u16, duration: Duration, overhead: Duration) {
        let class = usize::from(status / 100).checked_sub(1);
        if let Some(counter) = class.and_then(|class| self.classes.get(class)) {
            counter.inc();
        }
        self.duration.observe(duration.as_secs_f64());
        self.overhead.observe(overhead.as_secs_f64());
    }
}
