//! See the map in the crate's documentation.

pub mod admit;
pub mod assertion;
pub mod guard;
pub mod live;
pub mod presets;
pub mod route;
mod settings;
pub mod signin;
pub mod target;
pub mod tls;

pub use settings::*;
