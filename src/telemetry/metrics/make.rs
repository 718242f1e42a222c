//! Metrics are made and registered in one step, all under one name space.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// What making a metric gives.
pub type Made<T> = Result<T, prometheus::Error>;

pub fn named(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("doorward")
}

pub fn counter(registry: &Registry, name: &str, help: &str) -> Made<IntCounter> {
    let metric = IntCounter::with_opts(named(name, help))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

pub fn gauge(registry: &Registry, name: &str, help: &str) -> Made<IntGauge> {
    let metric = IntGauge::with_opts(named(name, help))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

pub fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Made<IntGaugeVec> {
    let metric = IntGaugeVec::new(named(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

pub fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Made<IntCounterVec> {
    let metric = IntCounterVec::new(named(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

pub fn histograms(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
    buckets: &[f64],
) -> Made<HistogramVec> {
    let opts = HistogramOpts::new(name, help)
        .namespace("doorward")
        .buckets(buckets.to_vec());
    let metric = HistogramVec::new(opts, labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
