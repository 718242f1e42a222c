//! Doorward: an OpenID Connect issuer and an enforcement point in one binary.
//!
//! # The house
//! Rooms over thin floors; imports only go down, and rooms on one floor never import each other
//! (`tests/it/layers.rs` holds this).
//!
//! ```text
//!  8  cli, server, demo        composition: the only place that knows everything
//!  7  config                   TOML -> validated settings
//!  6  gateway, issuer, login   the doors
//!  5  web, logout              the kit the web doors share; telling apps that a session ended
//!  4  flow, policy, tokens     what is next, may they, mint and redeem
//!  3  session, identity, acme  who is here, who exists; certificates from an authority
//!  2  store, outbound          the database; addresses that others name
//!  1  keys, telemetry         signing and sealing; metrics, logs, audit
//!     model                   records, which those two know as well
//!  0  base                     clock, rng, secrets, ids, scopes
//! ```
//!
//! # Where a request enters
//! Every byte enters at [`gateway`]: its target is normalised once, then it is either a route
//! (decided, and forwarded only with a permit) or the site itself (a `axum` router called in
//! process: [`issuer`], [`login`]).

pub mod acme;
pub mod base;
pub mod cli;
pub mod config;
pub mod demo;
pub mod flow;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
pub mod identity;
pub mod issuer;
pub mod keys;
pub mod login;
pub mod logout;
pub mod model;
pub mod outbound;
pub mod policy;
pub mod server;
pub mod session;
pub mod store;
pub mod telemetry;
pub mod tokens;
pub mod web;
