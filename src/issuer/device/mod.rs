//! Devices without a browser (RFC 8628): where they ask, and the page on which a person answers.

mod code;
mod page;
mod start;
mod waiting;

pub use page::{answer, show};
pub use start::start;
