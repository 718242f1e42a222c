//! Tokens that others signed: clients with keys or secrets of their own. What is read here is
//! well formed and has no key or extension of its own choosing; who signed it is known only once
//! [`ForeignKeys::verify`] or [`Jws::is_by_secret`] said so (RFC 8725, RFC 7515, RFC 7517).

mod alg;
mod claims;
mod jwk;
mod jws;
mod roca;
mod set;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vector_tests;

pub use alg::ForeignAlg;
pub use claims::ForeignClaims;
pub use jwk::ForeignKey;
pub use jws::Jws;
pub use set::{ForeignKeys, NotAKeySet};
