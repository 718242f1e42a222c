//! The audit trail: who did what, in an append-only file of JSON lines and in whatever else the
//! server hands in (the store).

mod lines;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use lines::Lines;

use super::queue::Queue;
use super::{AuditFile, Metrics};
use crate::model::AuditRecord;

/// What else takes records, such as the store's queue. It must not wait.
pub type Forward = Arc<dyn Fn(&AuditRecord) + Send + Sync>;

/// Takes audit records; cheap to clone.
#[derive(Clone)]
pub struct Audit {
    file: Option<Arc<Queue<AuditRecord>>>,
    forward: Option<Forward>,
}

impl Audit {
    /// Opens the file, if there is to be one, and starts its writer.
    pub fn start(
        file: Option<&AuditFile>,
        forward: Option<Forward>,
        metrics: &Metrics,
    ) -> io::Result<Self> {
        let file = file
            .map(|settings| {
                let sink = Lines::open(settings)?;
                Queue::start("audit", metrics.log_lines_lost("audit"), sink).map(Arc::new)
            })
            .transpose()?;
        Ok(Self { file, forward })
    }

    /// Keeps nothing.
    pub const fn off() -> Self {
        Self {
            file: None,
            forward: None,
        }
    }

    /// Takes one record; never waits.
    pub fn record(&self, record: AuditRecord) {
        if let Some(forward) = &self.forward {
            forward(&record);
        }
        if let Some(file) = &self.file {
            file.push(record);
        }
    }

    /// Returns when everything recorded so far is in the file; blocks, for shutdown.
    pub fn flush(&self) {
        if let Some(file) = &self.file {
            file.flush();
        }
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Audit(..)")
    }
}
