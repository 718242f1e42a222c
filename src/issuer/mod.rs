//! The OpenID Connect issuer: the endpoints third-party apps and their people's browsers call.
//!
//! `routes` is the table. Several issuers live side by side under their own paths; each has its
//! own clients and keys, and whatever is sealed or signed for one is nothing to another.

mod audit;
mod authorize;
mod bearer;
mod check_session;
mod client_auth;
mod clients;
mod consent;
mod cors;
mod device;
mod discovery;
mod dpop;
mod end_session;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod grant;
mod introspect;
mod register;
mod resource;
mod revoke;
mod routes;
mod sender;
mod settings;
mod state;
mod tenant;
#[cfg(test)]
mod tests;
mod token;
mod userinfo;
mod visitor;
mod welcome;
mod words;

pub use register::{Documents, RegistrationMode, RegistrationSettings, rules};
pub use routes::router;
pub use settings::*;
pub use state::{Issuer, IssuerState};
