//! Sealing and signing. Knows keys and bytes; not where they are stored, nor what they mean.

pub mod master;
pub mod seal;

pub use master::{MasterKey, MasterKeyError};
pub use seal::{Purpose, Sealer};
