//! What an app learns about the person: first everything a client could have forged is removed,
//! then ours is written. One place, one order, on every route, public ones too.

mod besides;
mod client;
mod encoding;
mod strip;
mod value;
mod write;

pub use client::{Client, client_of};
pub use strip::{Strip, TokenUse};
pub use value::identity_headers;
pub use write::{AssertionClaims, Assertions, CannotTell, Forward, Sign};
