//! `doorward demo`: single sign-on in front of an app, with nothing to set up. Nothing is stored,
//! and only this machine can reach it.
//!
//! Holds the demo's own programs, which know the server over HTTP only: an [`app`] that has no
//! login of its own and a third-party [`client`] of the issuer.

pub mod app;
pub mod client;
pub mod fetch;
pub mod text;
