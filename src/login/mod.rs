//! See the map in the crate's documentation.

mod settings;

pub use settings::*;
