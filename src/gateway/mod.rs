//! See the map in the crate's documentation.

pub mod presets;
pub mod route;
mod settings;
pub mod target;

pub use settings::*;
