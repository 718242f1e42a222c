//! See the map in the crate's documentation.

pub mod presets;
mod settings;
pub mod target;

pub use settings::*;
