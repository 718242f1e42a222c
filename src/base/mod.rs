//! The ground floor: time, randomness, secrets, tokens, identifiers, scopes.
//!
//! Nothing here knows about HTTP, storage or configuration.

pub mod clock;
pub mod encoding;
pub mod hosts;
pub mod ids;
pub mod opaque;
pub mod rng;
pub mod scope;
pub mod secret;
pub mod text;

pub use clock::{Clock, Timestamp};
pub use ids::{
    ClientId, GrantId, GroupName, IssuerId, KeyId, RequestId, RouteId, SessionId, TenantId,
    TokenId, UserId,
};
pub use opaque::{Opaque, OpaqueHash};
pub use rng::{Rng, RngFailed};
pub use scope::ScopeSet;
pub use secret::Secret;
