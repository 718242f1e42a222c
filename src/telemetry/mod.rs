//! What Doorward tells its operators: log lines, one access record per request, metrics, and the
//! audit trail.
//!
//! Nothing here holds a token, a password, a query string or a header value, and nothing here
//! blocks a request: lines go through bounded queues to writers of their own, and what does not
//! fit is counted as lost.

pub mod access;
pub mod audit;
pub mod chain;
pub mod logs;
pub mod metrics;
mod queue;
mod settings;

pub use access::{AccessLog, AccessRecord};
pub use audit::Audit;
pub use metrics::{Metrics, RouteMetrics};
pub use settings::*;
