//! The service itself: version, configuration, feed, logs.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};

use super::make::{Made, counter, counters, gauge, gauges, named};

/// Metrics of the service itself.
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) reload_success: IntGauge,
    pub(super) reload_time: IntGauge,
    pub(super) revocation_lag: IntGauge,
    pub(super) store_writable: IntGauge,
    pub(super) store_commits: IntCounter,
    pub(super) store_changes: IntCounter,
    pub(super) log_lost: IntCounterVec,
    pub(super) refusals_left_out: IntCounter,
    pub(super) certificates_end: IntGaugeVec,
    pub(super) acme_orders: IntCounterVec,
}

impl Service {
    pub(super) fn register(r: &Registry) -> Made<Self> {
        say_build(r)?;
        Ok(Self {
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
            store_writable: gauge(
                r,
                "store_writable",
                "1 when the database takes changes, 0 when it can be read at most.",
            )?,
            store_commits: counter(
                r,
                "store_commits_total",
                "Transactions that this process committed.",
            )?,
            store_changes: counter(
                r,
                "store_changes_total",
                "Changes that this process committed; under load many share a transaction.",
            )?,
            log_lost: counters(
                r,
                "log_lines_lost_total",
                "Lines that could not be written.",
                &["stream"],
            )?,
            refusals_left_out: counter(
                r,
                "audit_refusals_left_out_total",
                "Refusals that have no row in the database because others like them have.",
            )?,
            certificates_end: gauges(
                r,
                "certificate_not_after_timestamp_seconds",
                "When a certificate of a listener ends, by the first name that it is for.",
                &["name"],
            )?,
            acme_orders: counters(
                r,
                "acme_orders_total",
                "Certificates that were ordered from an authority.",
                &["outcome"],
            )?,
        })
    }
}

fn say_build(r: &Registry) -> Made<()> {
    let info = IntGaugeVec::new(named("build_info", "The version that runs."), &["version"])?;
    r.register(Box::new(info.clone()))?;
    info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    Ok(())
}
